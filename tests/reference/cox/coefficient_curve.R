# The curve of a coefficient as plot.cox.zph draws it. Usage: Rscript ... data.csv out.json
suppressPackageStartupMessages({library(survival); library(splines); library(jsonlite)})
path <- commandArgs(TRUE)
all <- read.csv(path[1])
control <- suppressWarnings(coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-13))

curve <- function(z, column, df, points) {  # as in plot.cox.zph of survival
  x <- z$x; y <- z$y[, column]
  grid <- seq(min(x), max(x), length = points)
  basis <- ns(c(grid, x), df = df, intercept = TRUE)
  at_grid <- basis[seq_len(points), ]; at_x <- basis[-seq_len(points), ]
  q <- qr(at_x)
  inverse <- backsolve(q$qr[seq_len(df), seq_len(df)], diag(df))
  leverage <- rowSums((at_grid %*% (inverse %*% t(inverse))) * at_grid)
  list(x = grid, estimate = drop(at_grid %*% qr.coef(q, y)),
       std_error = sqrt(z$var[column, column] * leverage))
}

results <- list()
for (name in c("clusters", "late_entry_heavy_ties", "strata_late_entry")) {
  d <- all[all$set == name, ]
  x <- grep("^x", names(d), value = TRUE)
  x <- x[colSums(!is.na(d[x])) > 0]
  left <- if (all(is.na(d$start))) "Surv(stop, event)" else "Surv(start, stop, event)"
  right <- c(x, if (!all(is.na(d$stratum))) "strata(stratum)")
  fit <- coxph(as.formula(paste(left, "~", paste(right, collapse = "+"))), d, control = control)
  results[[name]] <- list()
  for (transform in c("identity", "km"))
    results[[name]][[transform]] <- curve(cox.zph(fit, transform, terms = FALSE), 1, 4, 20)
}
out <- list(R = R.version.string, packages = list(survival = as.character(packageVersion("survival"))),
            results = results)
write(toJSON(out, digits = NA, auto_unbox = TRUE), path[2])
