# Expected cumulative incidences of the 4D placebo arm, from survival and etm.
# Usage: Rscript four_d_curves.R four_d.csv expected.json
suppressPackageStartupMessages({library(jsonlite); library(survival); library(etm)})
arguments <- commandArgs(trailingOnly = TRUE)
d <- read.csv(arguments[1])
YEARS <- c(0.5, 1, 2, 3, 4, 5)
aj <- survfit(Surv(time, factor(status, 0:2)) ~ 1, d, id = id)
read <- summary(aj, times = YEARS)
allowed <- matrix(FALSE, 3, 3); allowed[1, 2:3] <- TRUE
moves <- data.frame(id = d$id, from = "0", entry = 0, exit = d$time,
                    to = ifelse(d$status == 0, "cens", as.character(d$status)))
fit <- etm(moves, c("0", "1", "2"), allowed, "cens", 0)
step <- findInterval(YEARS, fit$time)
expected <- list(
  R = R.version.string,
  packages = lapply(list(survival = "survival", etm = "etm"),
                    function(p) as.character(packageVersion(p))),
  years = YEARS, incidence = read$pstate[, -1], jackknife = read$std.err[, -1],
  etm = cbind(fit$est["0", "1", step], fit$est["0", "2", step]),
  etm_variance = cbind(fit$cov["0 1", "0 1", step], fit$cov["0 2", "0 2", step]))
writeLines(toJSON(lapply(expected, function(x) if (is.matrix(x)) unname(x) else x),
                  digits = I(17), auto_unbox = TRUE), arguments[2])
