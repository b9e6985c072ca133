# Expected values for Weibull, Royston-Parmar and piecewise-exponential fits of onset.csv.
# Usage: Rscript parametric.R onset.csv expected.json
#
# survreg has interval censoring without late entry: it judges the Weibull among people who
# entered at zero. flexsurv and rstpm2 are not in Debian 12, so with late entry the referee is
# the same likelihood written down again here (as differences of survival, basis by Hmisc) and
# maximised by optim, polished by Newton steps on complex-step derivatives.
suppressPackageStartupMessages({library(jsonlite); library(survival); library(numDeriv)})
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1])
data$upper[is.na(data$upper)] <- Inf
X <- as.matrix(data[, c("x", "z")])
none <- X[, FALSE]
knots <- c(20, 300, 900, 2500)
cuts <- c(200, 600, 1200)

linear_log <- function(basis, slope) list(
  cumulative = function(b, t) ifelse(t > 0, exp(drop(basis(log(pmax(t, 1e-300))) %*% b)), 0),
  hazard = function(b, t) exp(drop(basis(log(t)) %*% b)) * drop(slope(log(t)) %*% b) / t)
weibull <- linear_log(function(s) cbind(1, s), function(s) cbind(0, rep(1, length(s))))
bend <- function(s) Hmisc::rcspline.eval(s, knots = log(knots), inclx = TRUE, norm = 2)
bend_slope <- function(s) (bend(s + 1e-5) - bend(s - 1e-5)) / 2e-5
rp <- linear_log(function(s) cbind(1, bend(s)), function(s) cbind(0, bend_slope(s)))
edges <- c(0, cuts, Inf)
piecewise <- list(
  cumulative = function(b, t) rowSums(sapply(seq_along(b), function(j)
    exp(b[j]) * pmax(0, pmin(t, edges[j + 1]) - edges[j]))),
  hazard = function(b, t) exp(b[findInterval(t, edges, left.open = TRUE)]))

log_likelihood <- function(b, model, X, w, d) {
  base <- b[seq_len(length(b) - ncol(X))]
  ratio <- exp(drop(X %*% b[-seq_along(base)]))
  survive <- function(t) exp(-ratio * model$cumulative(base, t))
  exact <- d$lower == d$upper
  ends <- is.finite(d$upper)
  upper <- ifelse(ends, survive(ifelse(ends, d$upper, 1)), 0)
  inside <- survive(d$lower) - upper
  at <- d$lower[exact]
  inside[exact] <- ratio[exact] * model$hazard(base, at) * survive(d$lower)[exact]
  value <- sum(w * log(inside / survive(d$entry)))
  if (is.nan(value)) -Inf else value
}

maximum <- function(model, start, X, w) {
  objective <- function(b) log_likelihood(b, model, X, w, data)
  minus <- function(b) { v <- -objective(b); if (is.finite(v)) v else 1e10 }
  slope <- function(b) -grad(objective, b, method = "complex")
  b <- c(start, rep(0, ncol(X)))
  for (round in 1:2) {
    b <- suppressWarnings(optim(b, minus, method = "Nelder-Mead",
                                control = list(maxit = 1500, reltol = 1e-15)))$par
    b <- optim(b, minus, slope, method = "BFGS", control = list(maxit = 1000, reltol = 1e-15))$par
  }
  curvature <- function(b) hessian(objective, b, method = "complex")
  for (round in 1:3) b <- b - solve(curvature(b), grad(objective, b, method = "complex"))
  list(coefficients = unname(b), std_error = sqrt(diag(solve(-curvature(b)))),
       log_likelihood = Re(objective(b)))
}

w1 <- rep(1, nrow(data)); w <- data$weight
weibull_start <- c(-9.5, 1.3); rp_start <- c(-9.5, 1.3, 0, 0); piecewise_start <- rep(-7, 4)
start <- Surv(ifelse(data$lower == 0, NA, data$lower),
              ifelse(is.finite(data$upper), data$upper, NA), type = "interval2")
early <- data$entry == 0 & !(data$lower == 0 & is.infinite(data$upper))
fit <- survreg(start ~ x + z, data = data, subset = early, weights = weight, dist = "weibull",
               control = survreg.control(rel.tolerance = 1e-14, maxiter = 200))
at <- c(100, 500, 1500)
early_rows <- data[early, ]

expected <- list(
  R = R.version.string,
  packages = lapply(list(survival = "survival", numDeriv = "numDeriv", Hmisc = "Hmisc"),
                    function(p) as.character(packageVersion(p))),
  knots = knots, cuts = cuts,
  weibull = maximum(weibull, weibull_start, none, w1),
  weibull_x = maximum(weibull, weibull_start, X, w),
  royston_parmar = maximum(rp, rp_start, none, w1),
  royston_parmar_x = maximum(rp, rp_start, X, w),
  piecewise_exponential = maximum(piecewise, piecewise_start, none, w1),
  piecewise_exponential_x = maximum(piecewise, piecewise_start, X, w),
  survreg = list(n = nrow(early_rows), coefficients = unname(coef(fit)), scale = fit$scale,
                 log_likelihood = fit$loglik[2], variance = unname(vcov(fit))))
attributes(expected$survreg$variance) <- list(dim = dim(vcov(fit)))
writeLines(toJSON(expected, digits = NA, auto_unbox = TRUE), arguments[2])
