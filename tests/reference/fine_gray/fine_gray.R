# Expected subdistribution hazard models: finegray + coxph, and crr without ties and entry.
# Usage: Rscript fine_gray.R fine_gray.csv expected.json
suppressPackageStartupMessages({library(jsonlite); library(survival); library(cmprsk)})
arguments <- commandArgs(trailingOnly = TRUE)
every <- read.csv(arguments[1])
tight <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)

expanded <- function(d) {
  # finegray takes no account of case weights in its own curves: a weight of w is w like persons.
  like <- d[rep(seq_len(nrow(d)), d$weight), ]
  like$person <- like$id * 10 + sequence(d$weight)
  like$state <- factor(like$cause, 0:2, c("censored", "interest", "other"))
  long <- finegray(Surv(start, stop, state) ~ x1 + x2 + x3 + id, data = like, id = person,
                   etype = "interest")
  fit <- coxph(Surv(fgstart, fgstop, fgstatus) ~ x1 + x2 + x3, data = long, weights = fgwt,
               cluster = id, ties = "breslow", control = tight)
  zero <- survfit(fit, newdata = data.frame(x1 = 0, x2 = 0, x3 = 0), se.fit = FALSE)
  list(coefficients = unname(coef(fit)), naive = unname(fit$naive.var), robust = unname(fit$var),
       log_likelihood = fit$loglik, times = zero$time[zero$n.event > 0],
       hazard = zero$cumhaz[zero$n.event > 0], rows = nrow(long))
}

by_crr <- function(d) {
  x <- as.matrix(d[, c("x1", "x2", "x3")])
  fit <- crr(d$stop, d$cause, x, gtol = 1e-13, maxiter = 100)
  list(coefficients = unname(fit$coef), covariance = unname(fit$var))
}

names_in_order <- unique(every$set)
answers <- lapply(names_in_order, function(name) {
  d <- every[every$set == name, ]
  out <- expanded(d)
  if (all(d$start == 0) && !anyDuplicated(d$stop)) out$crr <- by_crr(d)
  out
})
expected <- list(
  R = R.version.string,
  packages = lapply(list(survival = "survival", cmprsk = "cmprsk"),
                    function(p) as.character(packageVersion(p))),
  sets = setNames(answers, names_in_order))
writeLines(toJSON(expected, digits = I(17), auto_unbox = TRUE), arguments[2])
