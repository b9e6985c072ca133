# Intervals of proportions from base R: binom.test, prop.test, qbeta, qgamma; and the same formulas
# written down again for clusters (Korn & Graubard 1998, degrees of freedom of Satterthwaite 1946), for a standard population (Fay & Feuer
# 1997) and for error rates (Lang & Reiczigel 2014).
arguments <- commandArgs(trailingOnly = TRUE)
d <- read.csv(arguments[1])

single <- list(c(0, 40), c(1, 40), c(7, 788), c(300, 20000), c(39, 40), c(40, 40))
one <- lapply(single, function(v) {
  x <- v[1]; n <- v[2]
  exact <- binom.test(x, n)$conf.int
  wilson <- suppressWarnings(prop.test(x, n, correct = FALSE))$conf.int
  jeffreys <- c(if (x == 0) 0 else qbeta(.025, x + .5, n - x + .5),
                if (x == n) 1 else qbeta(.975, x + .5, n - x + .5))
  band <- c(above_floor = pbinom(x - 1, n, .005, lower.tail = FALSE),
            below_floor = pbinom(x, n, .005),
            above_ceiling = pbinom(x - 1, n, .03, lower.tail = FALSE),
            below_ceiling = pbinom(x, n, .03))
  sceptical <- c(pbeta(.005, 1 + x, 400 + n - x),
                 pbeta(.03, 1 + x, 400 + n - x, lower.tail = FALSE))
  list(x = x, n = n, exact = as.numeric(exact), wilson = as.numeric(wilson), jeffreys = jeffreys,
       tests = as.list(band), sceptical = sceptical)
})

x <- d$cases; n <- d$people; K <- nrow(d)
p <- sum(x) / sum(n)
v <- K / (K - 1) * sum((x - p * n)^2) / sum(n)^2
h <- n / sum(n); A <- diag(K) - h %*% t(rep(1, K)); trace <- function(M) sum(diag(M))
S <- function(rho) A %*% diag(n * (1 + (n - 1) * rho)) %*% t(A)
rho <- (sum((x - p * n)^2) / (p * (1 - p)) - trace(S(0))) / (trace(S(1)) - trace(S(0)))
rho <- min(max(rho, 0), 1)
degrees <- trace(S(rho))^2 / trace(S(rho) %*% S(rho))
worth <- p * (1 - p) / v * (qt(.975, sum(n) - 1) / qt(.975, degrees))^2
worth <- min(worth, sum(n))
clustered <- c(qbeta(.025, p * worth, worth - p * worth + 1), qbeta(.975, p * worth + 1, worth - p * worth))

a <- aggregate(cbind(cases, people) ~ age_band + weight, d, sum)
w <- a$weight / sum(a$weight)
y <- sum(w * a$cases / a$people); vy <- sum(w^2 * a$cases / a$people^2); wm <- max(w / a$people)
gamma <- c(qgamma(.025, y^2 / vy, scale = vy / y),
           qgamma(.975, (y + wm)^2 / (vy + wm^2), scale = (vy + wm^2) / (y + wm)))

betabinomial <- function(at) {
  m <- plogis(at[1]); rho <- plogis(at[2]); t <- 1 / rho - 1
  -sum(lbeta(m * t + x, (1 - m) * t + n - x) - lbeta(m * t, (1 - m) * t))
}
fit <- optim(c(qlogis(p), qlogis(.01)), betabinomial, control = list(reltol = 1e-15, maxit = 5000))
fit <- optim(fit$par, betabinomial, control = list(reltol = 1e-16, maxit = 5000))

z <- qnorm(.975)
lang <- function(x, n, se, nse, sp, nsp) {
  q <- (x + z^2 / 2) / (n + z^2); se1 <- (se * nse + 1) / (nse + 2); sp1 <- (sp * nsp + 1) / (nsp + 2)
  J <- se1 + sp1 - 1; pr <- (q + sp1 - 1) / J
  a <- se1 * (1 - se1) / (nse + 2); b <- sp1 * (1 - sp1) / (nsp + 2)
  mid <- pr + 2 * z^2 * (pr * a - (1 - pr) * b)
  half <- z * sqrt(q * (1 - q) / (n + z^2) + (1 - pr)^2 * b + pr^2 * a) / J
  c(max(mid - half, 0), min(mid + half, 1))
}

# The corrected prevalence by brute force: a fine grid of the prevalence, quantile midpoints of the
# error rates; agrees with quadrature to the width of the grid.
bayes <- function(x, n, se, nse, sp, nsp) {
  m <- 400
  s <- qbeta((seq_len(m) - .5) / m, se * nse + .5, (1 - se) * nse + .5)
  c <- qbeta((seq_len(m) - .5) / m, sp * nsp + .5, (1 - sp) * nsp + .5)
  g <- seq(1e-6, .06, length.out = 3000)
  weight <- sapply(g, function(p) {
    q <- outer(s, c, function(a, b) p * a + (1 - p) * (1 - b))
    sum(exp(x * log(q) + (n - x) * log1p(-q) - x * log(x / n) - (n - x) * log1p(-x / n)))
  })
  F <- cumsum(weight) / sum(weight)
  sapply(c(.025, .5, .975), function(t) g[which(F >= t)[1]])
}

out <- list(single = one, clustered = list(degrees = degrees, n = worth, design_effect = v / (p * (1 - p) / sum(n)),
            interval = clustered), standardised = list(estimate = y, interval = gamma),
            betabinomial = list(mean = plogis(fit$par[1]), correlation = plogis(fit$par[2]),
                                log_likelihood = -fit$value),
            lang = lang(300, 20000, .75, 100, .999, 5000),
            bayes = bayes(300, 20000, .75, 100, .999, 5000), R = R.version.string)
writeLines(jsonlite::toJSON(out, auto_unbox = TRUE, digits = 15), arguments[2])
