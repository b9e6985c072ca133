# Expected curves: Kaplan-Meier, Nelson-Aalen, Aalen-Johansen with both variances, restricted means.
# Usage: Rscript curves.R curves.csv expected.json
suppressPackageStartupMessages({library(jsonlite); library(survival); library(etm)})
arguments <- commandArgs(trailingOnly = TRUE)
every <- read.csv(arguments[1])
HORIZON <- 7
bare <- function(x) unname(as.numeric(x))

single <- function(d) {
  km <- survfit(Surv(start, stop, cause > 0) ~ 1, d, id = id, weights = weight,
                robust = FALSE, conf.type = "log-log")
  log_type <- survfit(Surv(start, stop, cause > 0) ~ 1, d, id = id, weights = weight,
                      robust = FALSE, conf.type = "log")
  mean_time <- summary(km, rmean = HORIZON)$table
  list(time = km$time, n_risk = km$n.risk, n_event = km$n.event, survival = km$surv,
       std_error = km$std.err * km$surv, lower = km$lower, upper = km$upper,
       log_lower = log_type$lower, log_upper = log_type$upper,
       hazard = km$cumhaz, hazard_se = km$std.chaz,
       rmean = bare(mean_time["rmean"]), rmean_se = bare(mean_time["se(rmean)"]))
}

competing <- function(d) {
  if (all(d$cause == 0)) return(NULL)
  present <- sort(unique(d$cause[d$cause > 0]))
  state <- factor(d$cause, c(0, present))
  out <- list(causes = I(present))
  if (!interrupted(d)) {
    aj <- survfit(Surv(start, stop, state) ~ 1, d, id = id, weights = weight, influence = TRUE)
    out$time <- aj$time; out$n_risk <- aj$n.risk[, 1]
    out$incidence <- aj$pstate[, -1, drop = FALSE]
    out$jackknife <- aj$std.err[, -1, drop = FALSE]
    if (all(d$start == 0)) {
      lost <- summary(aj, rmean = HORIZON)$table
      out$lost <- I(bare(lost[-1, "rmean"])); out$lost_se <- I(bare(lost[-1, "se(rmean)"]))
    }
  }
  if (all(d$weight == round(d$weight))) out$etm <- by_etm(d, present)
  out
}

# survfit refuses a person who comes back when there are several causes.
interrupted <- function(d) {
  again <- c(FALSE, diff(d$id) == 0)
  any(again & d$start != c(0, d$stop[-nrow(d)]))
}

# etm knows no weights: a weight of w is w like persons.
by_etm <- function(d, present) {
  like <- d[rep(seq_len(nrow(d)), d$weight), ]
  copy <- sequence(d$weight)
  states <- as.character(c(0, present))
  allowed <- matrix(FALSE, length(states), length(states)); allowed[1, -1] <- TRUE
  moves <- data.frame(id = paste(like$id, copy), from = "0",
                      to = ifelse(like$cause == 0, "cens", as.character(like$cause)),
                      entry = like$start, exit = like$stop)
  fit <- etm(moves[order(moves$id, moves$entry), ], states, allowed, "cens", 0)
  pick <- function(name) fit$cov[name, name, ]
  list(time = fit$time,
       incidence = sapply(states[-1], function(s) bare(fit$est["0", s, ])),
       variance = sapply(states[-1], function(s) bare(pick(paste(0, s)))))
}

names_in_order <- unique(every$set)
answers <- lapply(names_in_order, function(name) {
  d <- every[every$set == name, ]
  list(single = single(d), competing = competing(d))
})
expected <- list(
  R = R.version.string,
  packages = lapply(list(survival = "survival", etm = "etm"),
                    function(p) as.character(packageVersion(p))),
  horizon = HORIZON, sets = setNames(answers, names_in_order))
writeLines(toJSON(expected, digits = I(17), auto_unbox = TRUE, na = "null", null = "null"),
           arguments[2])
