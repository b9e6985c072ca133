# Expected values for the illness-death model with constant hazards, from seen.csv.
# Usage: Rscript illness_death.R seen.csv expected.json
#
# msm (Jackson 2011) has this likelihood for constant hazards: states seen at looks, death known to
# the day (deathexact), the state of those who leave alive not known (censor). SmoothHazard, which
# has Weibull hazards, is not in Debian.
suppressPackageStartupMessages({library(jsonlite); library(msm)})
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1])
rows <- do.call(rbind, lapply(seq_len(nrow(data)), function(i) {
  d <- data[i, ]
  time <- d$entry; state <- 1
  if (d$low > d$entry) { time <- c(time, d$low); state <- c(state, 1) }
  if (!is.na(d$high) && d$high < d$exit) { time <- c(time, d$high); state <- c(state, 2) }
  if (!is.na(d$high) && d$high == d$exit && !d$died) last <- 2
  else last <- if (d$died) 3 else if (!is.na(d$high)) 2 else 99
  if (d$exit > max(time)) { time <- c(time, d$exit); state <- c(state, last) }
  data.frame(id = i, time = time, state = state)
}))
scale <- 1000                                                # days a unit, for the optimiser
rows$time <- rows$time / scale
Q <- rbind(c(0, 0.4, 0.3), c(0, 0, 1), c(0, 0, 0))
fit <- function(...) msm(state ~ time, subject = id, data = rows, qmatrix = Q, deathexact = 3,
                         censor = 99, censor.states = list(c(1, 2)), ...)
n_died <- sum(data$died)
minus2 <- function(rates) {
  Q[1, 2] <<- rates[1]; Q[1, 3] <<- rates[2]; Q[2, 3] <<- rates[3]
  fit(fixedpars = TRUE)$minus2loglik
}
# The density of a death is a day's, not a thousand days'.
log_likelihood <- function(rates) -minus2(rates * scale) / 2 - n_died * log(scale)
at <- list(c(4e-4, 3.3e-4, 1.1e-3), c(1e-3, 1e-3, 1e-3 + 1e-5), c(2e-4, 8e-4, 5e-4))
values <- sapply(at, log_likelihood)
Q[1, 2] <- 0.4; Q[1, 3] <- 0.3; Q[2, 3] <- 1
best <- fit(method = "BFGS", control = list(reltol = 1e-15, fnscale = 1000, maxit = 500))
estimates <- best$estimates.t[1:3] / scale
names(estimates) <- NULL
expected <- list(
  R = R.version.string,
  packages = list(msm = as.character(packageVersion("msm"))),
  rates = at, log_likelihood = values,
  estimates = estimates, maximum = -best$minus2loglik / 2 - n_died * log(scale),
  std_error = unname(sqrt(diag(best$covmat))[1:3])
)
writeLines(toJSON(expected, digits = NA, auto_unbox = TRUE), arguments[2])
