# Expected values for how soon: cumulative incidence from a later day, conditional shares and
# quantiles, kernel hazard, conditional Kendall's tau, person-time by era.
# Usage: Rscript onset.R onset.csv expected.json
suppressPackageStartupMessages({
  library(jsonlite); library(survival); library(etm); library(prodlim); library(Epi); library(numDeriv)
})
arguments <- commandArgs(trailingOnly = TRUE)
d <- read.csv(arguments[1])
HORIZON <- 1825; EARLY <- 450; SINCE <- 200; HORIZONS <- c(365, 1095, 1825)
BREAKS <- c(0, 730, 1460)
bare <- function(x) unname(as.numeric(x))

# -- cumulative incidence among those event-free and followed on day SINCE: three packages
later <- d[d$stop > SINCE, ]; later$start <- pmax(later$start, SINCE)
moves <- data.frame(id = seq_len(nrow(later)), from = "0",
                    to = ifelse(later$cause == 0, "cens", later$cause),
                    entry = later$start, exit = later$stop)
allowed <- matrix(FALSE, 3, 3); allowed[1, 2:3] <- TRUE
by_etm <- etm(moves, c("0", "1", "2"), allowed, "cens", SINCE)
last <- function(times, at) max(which(times <= at))
etm_at <- lapply(HORIZONS, function(t) {
  k <- last(by_etm$time, t)
  list(onset = by_etm$est["0", "1", k], death = by_etm$est["0", "2", k],
       onset_se = sqrt(by_etm$cov["0 1", "0 1", k]))
})
state <- factor(later$cause, 0:2)
by_survival <- survfit(Surv(start, stop, state) ~ 1, later, id = seq_len(nrow(later)))
by_prodlim <- prodlim(Hist(stop, cause, entry = start) ~ 1, data = later)
prodlim_at <- bare(predict(by_prodlim, times = HORIZONS, cause = 1))

# -- F(t)/F(tau): explicit product over hazards, variance by a numerical gradient
times <- sort(unique(d$stop[d$cause > 0 & d$stop <= HORIZON]))
at_risk <- sapply(times, function(t) sum(d$start < t & d$stop >= t))
hazard <- sapply(1:2, function(cause) {
  sapply(times, function(t) sum(d$stop == t & d$cause == cause)) / at_risk
})
incidence <- function(h) {
  before <- c(1, cumprod(1 - rowSums(h)))[seq_len(nrow(h))]
  cumsum(before * h[, 1])
}
ratio <- function(flat, t) {
  F <- incidence(matrix(flat, ncol = 2)); F[last(times, t)] / F[length(F)]
}
contrast <- function(flat, t, q) {
  F <- incidence(matrix(flat, ncol = 2)); F[last(times, t)] - q * F[length(F)]
}
spread <- function(gradient) {
  g <- matrix(gradient, ncol = 2)
  own <- rowSums(hazard * g^2) - rowSums(hazard * g)^2
  sqrt(sum(own / at_risk))
}
share_se <- spread(grad(ratio, as.vector(hazard), t = EARLY))
own_times <- times[hazard[, 1] > 0]
quantile_of <- function(q) {
  value <- sapply(own_times, function(t) contrast(as.vector(hazard), t, q))
  error <- sapply(own_times, function(t) spread(grad(contrast, as.vector(hazard), t = t, q = q)))
  z <- qnorm(0.975)
  list(q = q, estimate = own_times[which(value >= -1e-12)[1]],
       lower = own_times[which(value + z * error >= 0)[1]],
       upper = own_times[which(value - z * error > 0)[1]])
}

# -- kernel hazard of cause 1: increments of survfit, Epanechnikov with Mueller-Wang boundaries
na <- survfit(Surv(start, stop, cause == 1) ~ 1, d)
jump <- na$n.event / na$n.risk; width <- 300; L <- 90; R <- 2000
used <- na$time > L & na$time <= R & na$n.event > 0
boundary <- function(z, q) {
  ifelse(z < -1 | z > q, 0, 12 * (1 + z) / (1 + q)^4 * ((1 - 2 * q) * z + (3 * q^2 - 2 * q + 1) / 2))
}
kernel_at <- function(t) {
  z <- (t - na$time[used]) / width
  w <- if (t - L < width) boundary(z, (t - L) / width)
       else if (R - t < width) boundary(-z, (R - t) / width)
       else ifelse(abs(z) <= 1, 0.75 * (1 - z^2), 0)
  c(sum(w * jump[used]) / width, sqrt(sum(w^2 * na$n.event[used] / na$n.risk[used]^2)) / width)
}
grid <- c(90, 150, 300, 700, 1200, 1800, 1990)
kernel <- sapply(grid, kernel_at)

# -- conditional Kendall's tau: every pair
tau <- local({
  S <- 0; N <- 0
  for (i in seq_len(nrow(d))) for (j in seq_len(nrow(d))) {
    if (i == j || d$cause[i] != 1) next
    later <- d$stop[j] > d$stop[i] || (d$stop[j] == d$stop[i] && d$cause[j] != 1)
    if (later && d$start[j] < d$stop[i] && d$start[j] != d$start[i]) {
      S <- S + sign(d$start[j] - d$start[i]); N <- N + 1
    }
  }
  # Its test without ties in time is a Cox score test whose covariate is the rank among those at
  # risk at each event: variance as coxph has it for exact tied events of one draw.
  V <- sum(sapply(sort(unique(d$stop[d$cause == 1])), function(t) {
    entry <- d$start[d$start < t & d$stop >= t]; n <- length(entry)
    score <- sapply(entry, function(e) sum(sign(entry - e)))
    m <- sum(d$stop == t & d$cause == 1)
    if (n < 2) 0 else m * (n - m) / (n - 1) * mean(score^2)
  }))
  list(tau = S / N, pairs = N, z = S / sqrt(V))
})

# -- events and person-time of cause 1 by calendar era: Epi's Lexis
whole <- Lexis(entry = list(calendar = d$origin + d$start), exit = list(calendar = d$origin + d$stop),
               exit.status = factor(d$cause), entry.status = factor(rep(0, nrow(d)), levels = 0:2))
cut <- splitLexis(whole, breaks = c(-1e6, BREAKS, 1e6), time.scale = "calendar")
era <- findInterval(cut$calendar, BREAKS)
by_era <- list(days = I(bare(tapply(cut$lex.dur, era, sum))),
               onsets = I(bare(tapply(cut$lex.Xst == 1 & cut$lex.Cst == 0, era, sum))))

out <- list(
  etm = etm_at, prodlim = prodlim_at,
  survival = bare(sapply(HORIZONS, function(t) by_survival$pstate[last(by_survival$time, t), 2])),
  share = list(estimate = ratio(as.vector(hazard), EARLY), std_error = share_se),
  quantiles = lapply(c(0.25, 0.5, 0.75), quantile_of),
  kernel = list(times = grid, estimate = kernel[1, ], std_error = kernel[2, ]),
  tau = tau, by_era = by_era,
  R = R.version.string,
  packages = sapply(c("survival", "etm", "prodlim", "Epi", "numDeriv"),
                    function(p) as.character(packageVersion(p)))
)
write(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), arguments[2])
