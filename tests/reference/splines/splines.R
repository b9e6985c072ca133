# Expected values for restricted cubic and B-spline bases and the test of non-linearity.
# Usage: Rscript splines.R data.csv expected.json
suppressPackageStartupMessages({library(jsonlite); library(splines); library(survival)})
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1])
x <- data$x

knots <- lapply(3:7, function(k) Hmisc::rcspline.eval(x, nk = k, knots.only = TRUE))
few <- lapply(3:5, function(k) Hmisc::rcspline.eval(x[1:60], nk = k, knots.only = TRUE))
rcs5 <- Hmisc::rcspline.eval(x, knots = knots[[3]], inclx = TRUE, norm = 2)
inner <- as.numeric(quantile(x, c(.25, .5, .75)))
edges <- range(x)
cubic <- bs(x, knots = inner, Boundary.knots = edges, degree = 3)
quadratic <- bs(x, knots = inner, Boundary.knots = edges, degree = 2)

tight <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
fit <- coxph(Surv(start, stop, event) ~ rcs5, data = data, ties = "efron", control = tight)
b <- coef(fit); V <- vcov(fit)
wald <- as.numeric(t(b[-1]) %*% solve(V[-1, -1], b[-1]))
at <- c(-1, 0, 2.5, 4, 12)
reference <- 3
contrast <- sweep(Hmisc::rcspline.eval(at, knots = knots[[3]], inclx = TRUE, norm = 2), 2,
                  Hmisc::rcspline.eval(reference, knots = knots[[3]], inclx = TRUE, norm = 2))

# With a normal outcome the Wald test of bends is exactly the drop in residual sum of squares.
bent <- lm(y ~ cubic, data = data); straight <- lm(y ~ x, data = data)
drop <- (deviance(straight) - deviance(bent)) / (deviance(bent) / df.residual(bent))

expected <- list(
  R = R.version.string,
  packages = lapply(list(Hmisc = "Hmisc", splines = "splines", survival = "survival"),
                    function(p) as.character(packageVersion(p))),
  knots = knots, few_knots = few,
  rcs5 = rcs5, inner = inner, edges = edges,
  cubic = unclass(cubic)[, ], quadratic = unclass(quadratic)[, ],
  coefficients = unname(b), covariance = unname(V), wald = wald,
  wald_p = pchisq(wald, 3, lower.tail = FALSE),
  at = at, reference = reference, contrast = as.numeric(contrast %*% b),
  contrast_se = sqrt(diag(contrast %*% V %*% t(contrast))),
  lm_coefficients = unname(coef(bent)[-1]), lm_covariance = unname(vcov(bent)[-1, -1]),
  lm_statistic = drop
)
attributes(expected$cubic) <- list(dim = dim(cubic))
attributes(expected$quadratic) <- list(dim = dim(quadratic))
attributes(expected$rcs5) <- list(dim = dim(rcs5))
writeLines(toJSON(expected, digits = NA, auto_unbox = TRUE), arguments[2])
