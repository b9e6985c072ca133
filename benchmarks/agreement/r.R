# R's answers, run tightly. Usage: Rscript r.R folder: jobs.json and a table a job -> r.json.
suppressPackageStartupMessages({library(jsonlite); library(survival)})
folder <- commandArgs(TRUE)[1]
has <- function(p) requireNamespace(p, quietly = TRUE)
tight <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-13))
once <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 0, toler.chol = 1e-13))
read_at <- function(time, value, asked, before = 0) {
  value <- as.matrix(value)
  as.numeric(rbind(before, value)[findInterval(asked, time) + 1, , drop = FALSE])
}

kaplan_meier <- function(j, d) {
  s <- survfit(Surv(start, stop, event) ~ 1, d, weights = weight, robust = FALSE)
  list(estimate = read_at(s$time, s$surv, j$times, 1),
       std_error = read_at(s$time, s$std.err * s$surv, j$times))
}

aalen_johansen <- function(j, d) {
  causes <- sort(unique(d$event[d$event > 0]))
  state <- factor(d$event, c(0, causes))
  s <- survfit(Surv(start, stop, state) ~ 1, d, id = id, weights = weight)
  out <- list(estimate = read_at(s$time, s$pstate[, -1], j$times),
              jackknife = read_at(s$time, s$std.err[, -1], j$times))
  if (has("etm") && !j$weights) {
    names <- as.character(c(0, causes))
    allowed <- matrix(FALSE, length(names), length(names)); allowed[1, -1] <- TRUE
    to <- ifelse(d$event == 0, "cens", as.character(d$event))
    moves <- data.frame(id = d$id, from = "0", to = to, entry = d$start, exit = d$stop)
    fit <- etm::etm(moves, names, allowed, "cens", 0)
    v <- sapply(names[-1], function(k) as.numeric(fit$cov[paste(0, k), paste(0, k), ]))
    out$std_error <- read_at(fit$time, sqrt(v), j$times)
  }
  if (has("cmprsk") && !j$weights && !j$late) {
    fit <- cmprsk::cuminc(d$stop, d$event)
    out$cuminc <- as.numeric(t(sqrt(cmprsk::timepoints(fit, j$times)$var)))
  }
  out
}

formula_of <- function(j) {
  right <- c(j$covariates, if (j$strata) "strata(stratum)")
  left <- if (j$late) "Surv(start, stop, event)" else "Surv(stop, event)"
  as.formula(paste(left, "~", paste(right, collapse = " + ")))
}

cox <- function(j, d) {
  f <- formula_of(j); environment(f) <- environment()
  fit <- suppressWarnings(coxph(f, d, weights = weight, robust = FALSE, control = tight))
  # Where the likelihood is monotone the tight run overflows: the number of the ordinary one.
  if (anyNA(coef(fit))) fit <- suppressWarnings(coxph(f, d, weights = weight, robust = FALSE))
  out <- list(coefficients = unname(coef(fit)), std_error = sqrt(diag(fit$var)))
  if (j$cluster) {
    fit <- coxph(f, d, weights = weight, cluster = cluster, control = tight)
    out$robust <- sqrt(diag(fit$var))
  }
  out
}

# The log-likelihood + half the log determinant, over coxph(init = b, iter.max = 0).
firth <- function(j, d) {
  f <- formula_of(j)
  at <- function(b) {
    environment(f) <- environment()
    suppressWarnings(coxph(f, d, weights = weight, robust = FALSE, init = b, control = once))
  }
  value <- function(b) {
    fit <- at(b)
    fit$loglik[2] - 0.5 * as.numeric(determinant(fit$var)$modulus)
  }
  p <- length(j$covariates); b <- rep(0, p)
  sd <- sqrt(diag(at(b)$var))
  slope <- function(b) sapply(seq_len(p), function(k) {
    e <- replace(numeric(p), k, 2e-3 * sd[k])
    (8 * (value(b + e) - value(b - e)) - (value(b + 2 * e) - value(b - 2 * e))) / (12 * e[k])
  })
  for (i in 1:200) {
    step <- drop(at(b)$var %*% slope(b))
    size <- max(abs(step / sd))
    b <- b + step / max(1, size)
    if (size < 1e-9) break
  }
  list(coefficients = b, std_error = sqrt(diag(at(b)$var)))
}

fine_gray <- function(j, d) {
  d$state <- factor(d$event, 0:2)
  right <- paste(j$covariates, collapse = " + ")
  long <- finegray(as.formula(paste("Surv(start, stop, state) ~", right, "+ id")), d, id = id,
                   etype = "1")
  fit <- coxph(as.formula(paste("Surv(fgstart, fgstop, fgstatus) ~", right)), long,
               weights = fgwt, cluster = id, ties = "breslow", control = tight)
  out <- list(coefficients = unname(coef(fit)), naive = sqrt(diag(fit$naive.var)),
              robust = sqrt(diag(fit$var)))
  if (has("cmprsk") && !j$late && !anyDuplicated(d$stop)) {
    x <- as.matrix(d[j$covariates])
    out$std_error <- sqrt(diag(cmprsk::crr(d$stop, d$event, x, gtol = 1e-13, maxiter = 100)$var))
  }
  out
}

jobs <- fromJSON(file.path(folder, "jobs.json"), simplifyDataFrame = FALSE)
answers <- lapply(jobs, function(j) {
  d <- read.csv(file.path(folder, paste0(j$name, ".csv")))
  tryCatch(get(j$work)(j, d), error = function(e) list(error = conditionMessage(e)))
})
names(answers) <- sapply(jobs, function(j) j$name)
absent <- Filter(Negate(has), c("etm", "cmprsk"))
out <- list(version = paste0("R ", getRversion(), ", survival ", packageVersion("survival")),
            absent = I(absent), answers = answers)
writeLines(toJSON(out, digits = I(17), auto_unbox = TRUE, na = "null"), file.path(folder, "r.json"))
