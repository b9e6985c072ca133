# Expected values for Rubin's rules. Usage: Rscript rubin.R imputed.csv expected.json
# mice::pool.scalar for degrees of freedom and missing information (one coefficient at a time),
# mitools::MIcombine for the whole covariance, mitml::testConstraints for the F test.
suppressPackageStartupMessages({library(jsonlite); library(survival)})
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1])
n <- sum(data$imputation == 1)
tight <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
fits <- lapply(split(data, data$imputation), function(d)
  coxph(Surv(time, event) ~ pth + sex, data = d, ties = "breslow", control = tight))
Q <- unname(t(sapply(fits, coef)))
U <- lapply(fits, function(f) unname(vcov(f)))
pooled <- function(Q, U, n, k) {
  p <- mice::pool.scalar(Q, U, n = n, k = k)
  list(estimate = p$qbar, total = p$t, df = p$df, missing_information = p$fmi)
}
combined <- mitools::MIcombine(as.list(as.data.frame(t(Q))), U)
at <- c(100, 300, 600)
curves <- lapply(split(data, data$imputation), function(d)
  summary(survfit(Surv(time, event) ~ 1, data = subset(d, pth > 0)), times = at))
S <- unname(t(sapply(curves, function(s) s$surv)))
se <- unname(t(sapply(curves, function(s) s$std.err)))
g <- log(-log(S)); g_se <- se / (S * -log(S))
few <- function(m) {
  test <- mitml::testConstraints(
    qhat = `rownames<-`(t(Q[1:m, ]), c("pth", "sex")), method = "D1",
    uhat = array(unlist(U[1:m]), c(2, 2, m)), constraints = c("pth", "sex"))$test
  as.numeric(test)
}
expected <- list(
  R = R.version.string,
  packages = lapply(list(mice = "mice", mitools = "mitools", mitml = "mitml", survival = "survival"),
                    function(p) as.character(packageVersion(p))),
  n = n, coefficients = Q, covariances = unname(U),
  finite = lapply(1:2, function(j) pooled(Q[, j], sapply(U, function(u) u[j, j]), n, 2)),
  infinite = lapply(1:2, function(j) pooled(Q[, j], sapply(U, function(u) u[j, j]), Inf, 2)),
  covariance = unname(combined$variance),
  wald_of_5 = few(5), wald_of_3 = few(3),
  survival = S, survival_se = se,
  curve = lapply(1:3, function(j) pooled(g[, j], g_se[, j]^2, n, 1))
)
writeLines(toJSON(expected, digits = NA, auto_unbox = TRUE, matrix = "rowmajor"), arguments[2])
