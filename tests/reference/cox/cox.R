# Cox models by R's survival, run tightly. Usage: Rscript cox.R data.csv out.json
suppressPackageStartupMessages({library(survival); library(jsonlite)})
path <- commandArgs(TRUE)
all <- read.csv(path[1])
control <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-13))
once <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 0, toler.chol = 1e-13))

# Residuals are many: their sum of squares and their product with cos(row) pin each of them.
pin <- function(r) {
  r <- as.matrix(r)
  list(squares = unname(colSums(r^2)), waves = unname(colSums(r * cos(seq_len(nrow(r))))))
}

formula_of <- function(d) {
  x <- grep("^x", names(d), value = TRUE)
  x <- x[colSums(!is.na(d[x])) > 0]
  left <- if (all(is.na(d$start))) "Surv(stop, event)" else "Surv(start, stop, event)"
  right <- x
  if (!all(is.na(d$offset))) right <- c(right, "offset(offset)")
  if (!all(is.na(d$stratum))) right <- c(right, "strata(stratum)")
  as.formula(paste(left, "~", paste(right, collapse = " + ")))
}

# The curve of the first row's covariates, without its offset, in the first stratum with an event.
curve <- function(fit, d, p) {
  new <- cbind(d[1, paste0("x", seq_len(p)), drop = FALSE], offset = 0)
  if (!all(is.na(d$stratum))) new$stratum <- min(d$stratum[d$event == 1])
  s <- survfit(fit, newdata = new)
  if (!is.null(s$strata)) s <- s[1]
  k <- s$n.event > 0
  list(cumulative_hazard = s$cumhaz[k], std_error = s$std.err[k],
       lower = s$lower[k], upper = s$upper[k])
}

fit_one <- function(d, ties) {
  w <- if (all(is.na(d$weight))) rep(1, nrow(d)) else d$weight
  d$w <- w
  clustered <- !all(is.na(d$cluster))
  f <- formula_of(d)
  environment(f) <- environment()
  fit <- if (clustered) {
    coxph(f, d, weights = w, cluster = cluster, ties = ties, control = control, x = TRUE)
  } else {
    coxph(f, d, weights = w, robust = FALSE, ties = ties, control = control, x = TRUE)
  }
  plain <- coxph(f, d, weights = w, robust = FALSE, ties = ties, control = control, x = TRUE)
  p <- length(coef(fit))
  zph <- function(g) tryCatch(unname(cox.zph(plain, g)$table[, "chisq"]), error = function(e) NULL)
  out <- list(
    coefficients = unname(coef(fit)), covariance = unname(plain$var),
    log_likelihood = fit$loglik, score_test = plain$score, wald_test = unname(fit$wald.test),
    martingale = pin(residuals(plain, "martingale")), deviance = pin(residuals(plain, "deviance")),
    score = pin(residuals(plain, "score")), schoenfeld = pin(residuals(plain, "schoenfeld")),
    dfbeta = pin(residuals(plain, "dfbeta")),
    zph_km = zph("km"), zph_rank = zph("rank"),
    zph_identity = zph("identity"),
    curve = curve(fit, d, p))
  if (clustered) out$robust_covariance <- unname(fit$var)
  out
}

# Firth: maximise the log-likelihood + half the log determinant over coxph(init = b, iter.max = 0).
firth <- function(d, ties, limits = FALSE) {
  d$w <- if (all(is.na(d$weight))) rep(1, nrow(d)) else d$weight
  f <- formula_of(d)
  environment(f) <- environment()
  at <- function(b) {
    environment(f) <- environment()
    suppressWarnings(coxph(f, d, weights = w, robust = FALSE, ties = ties, init = b, control = once))
  }
  value <- function(b) {
    fit <- at(b)
    fit$loglik[2] - 0.5 * as.numeric(determinant(fit$var)$modulus)
  }
  p <- length(grep("^x", all.vars(f)))
  sd <- sqrt(diag(at(rep(0, p))$var))
  slope <- function(b) sapply(seq_len(p), function(j) {
    e <- replace(numeric(p), j, 2e-3 * sd[j])
    (8 * (value(b + e) - value(b - e)) - (value(b + 2 * e) - value(b - 2 * e))) / (12 * e[j])
  })
  b <- if (p == 1) uniroot(slope, c(-4, 4) * sd, tol = 1e-13)$root else rep(0, p)
  # Newton with the unpenalised information over the columns that are free
  climb <- function(b, free, enough) {
    for (i in 1:200) {
      V <- at(b)$var
      step <- replace(numeric(p), free, solve(solve(V)[free, free], slope(b)[free]))
      size <- max(abs(step / sd))
      if (size > 1) step <- step / size
      b <- b + step
      if (size < enough) break
    }
    list(b = b, left = size)
  }
  top <- climb(b, seq_len(p), 1e-9)
  out <- list(coefficients = top$b, value = value(top$b), null = value(rep(0, p)), left = top$left)
  if (limits) {
    short <- function(x) {
      start <- replace(top$b, 1, x)
      2 * (out$value - value(climb(start, 2:p, 1e-6)$b)) - qchisq(0.95, 1)
    }
    reach <- 1.96 * sqrt(at(top$b)$var[1, 1])
    side <- function(s) uniroot(short, sort(top$b[1] + s * reach * c(0.3, 4)), tol = 1e-9)$root
    out$limits <- c(side(-1), side(1))
    out$statistic <- short(0) + qchisq(0.95, 1)
  }
  out
}

caught <- function(expr) {
  warned <- NULL
  value <- withCallingHandlers(
    tryCatch(expr, error = function(e) list(error = conditionMessage(e))),
    warning = function(w) {warned <<- c(warned, conditionMessage(w)); invokeRestart("muffleWarning")})
  if (length(warned)) value$warned <- unique(warned)
  value
}

sets <- unique(all$set)
no_fit <- c("no_event", "collinear", "constant")
with_limits <- c("late_entry_heavy_ties", "separated")
separate <- grep("separated", sets, value = TRUE)
results <- lapply(setNames(sets, sets), function(name) {
  d <- all[all$set == name, ]
  if (name %in% c(no_fit, separate)) {
    x <- grep("^x", all.vars(formula_of(d)), value = TRUE)
    out <- list(efron = caught({
      fit <- coxph(formula_of(d), d, control = control)
      list(missing = which(is.na(coef(fit))) - 1L)
    }))
  } else {
    out <- list(efron = caught(fit_one(d, "efron")), breslow = caught(fit_one(d, "breslow")))
  }
  if (!(name %in% c(no_fit, "matched_sets", "far_from_zero"))) {
    out$firth <- firth(d, "efron", limits = name %in% with_limits)
    if (name %in% c("heavy_ties", "separated_everything")) out$firth_breslow <- firth(d, "breslow")
  }
  out
})
out <- list(R = R.version.string, packages = list(survival = as.character(packageVersion("survival"))),
            results = results)
write(toJSON(out, digits = NA, auto_unbox = TRUE), path[2])
