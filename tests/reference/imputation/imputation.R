# Expected values for chained equations, from people.csv.
# Usage: Rscript imputation.R people.csv expected.json
#
# mice (van Buuren): Bayesian normal regression, the same predictors: the known covariate, the
# event and the increment of the Nelson-Aalen hazard over (entry, stop]. 60 imputations: the
# Monte Carlo error of the pooled numbers follows from the variance between them, handed on.
suppressPackageStartupMessages({library(jsonlite); library(survival); library(mice)})
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1])
hazard <- summary(survfit(Surv(entry, stop, event) ~ 1, data = data, stype = 2, ctype = 1))
total <- cumsum(hazard$n.event / hazard$n.risk)
at <- function(t) c(0, total)[findInterval(t, hazard$time) + 1]
data$increment <- at(data$stop) - at(data$entry)
m <- 60
predictors <- make.predictorMatrix(data)
predictors[, c("entry", "stop")] <- 0
imputed <- mice(data, m = m, method = "norm", predictorMatrix = predictors, maxit = 10, seed = 20240611,
                printFlag = FALSE)
fits <- with(imputed, coxph(Surv(entry, stop, event) ~ z + x + y))
pooled <- pool(fits)$pooled
within <- sapply(c("x", "y"), function(v) {
  drawn <- as.matrix(imputed$imp[[v]])
  c(mean(drawn), mean(apply(drawn, 2, sd)))
})
complete <- coxph(Surv(entry, stop, event) ~ z + x + y, data = data)
expected <- list(
  R = R.version.string,
  packages = lapply(list(survival = "survival", mice = "mice"), function(p) as.character(packageVersion(p))),
  m = m, increments = data$increment[1:20],
  estimate = pooled$estimate, total = pooled$t, between = pooled$b,
  mean_imputed = unname(within[1, ]), sd_imputed = unname(within[2, ]),
  complete_cases = unname(coef(complete))
)
writeLines(toJSON(expected, digits = NA, auto_unbox = TRUE), arguments[2])
