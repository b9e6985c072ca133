# Expected values for the non-parametric estimate of onset from onset.csv.
# Usage: Rscript turnbull.R onset.csv expected.json
#
# survfit (survival) has Turnbull's estimate without late entry; it stops when no survival moves
# by 5e-5, so it judges to about three digits. Icens and interval are not in Debian 12 and have
# no late entry in any case. There the referee is Turnbull's own EM with its "ghosts" (people
# truncated before they could be seen), on every cell between and at all times, with no thought
# for which cells can carry mass: another algorithm, another scale, a larger problem. It is slow,
# so it sees the first 60 people.
suppressPackageStartupMessages({library(jsonlite); library(survival)})
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1])
data$upper[is.na(data$upper)] <- Inf

early <- data[data$entry == 0 & !(data$lower == 0 & is.infinite(data$upper)), ]
fit <- survfit(Surv(ifelse(lower == 0, NA, lower), ifelse(is.finite(upper), upper, NA),
                    type = "interval2") ~ 1, data = early, weights = early$weight)

d <- data[1:60, ]
times <- sort(unique(c(0, d$lower, d$upper, d$entry)))
times <- times[is.finite(times)]
ends <- c(times[-1], Inf)
from <- c(times, times); to <- c(times, ends)                # points, then open cells
inside <- function(low, high, exact) if (exact) from == low & to == low else
  (from >= low & to <= high & !(from == low & to == low))
A <- t(mapply(inside, d$lower, d$upper, d$lower == d$upper))
B <- t(mapply(inside, d$entry, Inf, FALSE))
reachable <- colSums(B) > 0
A <- A[, reachable] + 0; B <- B[, reachable] + 0; to <- to[reachable]; from <- from[reachable]
p <- rep(1 / ncol(A), ncol(A))
for (iteration in 1:60000) {
  seen <- A %*% p; able <- B %*% p
  expected_counts <- p * (crossprod(A, d$weight / seen) + crossprod(1 - B, d$weight / able))
  p <- drop(expected_counts) / sum(expected_counts)
}
at <- sort(unique(c(d$lower, d$upper[is.finite(d$upper)])))
expected <- list(
  R = R.version.string,
  packages = lapply(list(survival = "survival"), function(p) as.character(packageVersion(p))),
  survfit = list(n = nrow(early), times = fit$time, survival = fit$surv),
  ghosts = list(n = nrow(d), log_likelihood = sum(d$weight * log((A %*% p) / (B %*% p))),
                times = at, survival = sapply(at, function(t) sum(p[to > t])))
)
writeLines(toJSON(expected, digits = NA, auto_unbox = TRUE), arguments[2])
