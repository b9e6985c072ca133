# R's seconds and answer for one work. Usage: Rscript r.R folder work runs
suppressPackageStartupMessages({library(survival); library(jsonlite)})
a <- commandArgs(TRUE); folder <- a[1]; work <- a[2]; runs <- as.integer(a[3])
shape <- fromJSON(file.path(folder, "shape.json"))
m <- matrix(readBin(file.path(folder, "data.bin"), "double", shape$n * length(shape$columns)),
            shape$n, dimnames = list(NULL, shape$columns))
d <- as.data.frame(m)
names_x <- grep("^x", shape$columns, value = TRUE)
x <- m[, names_x, drop = FALSE]

cox <- function() {
  if (shape$strata) coxph(Surv(start, stop, event) ~ x + strata(stratum), d)
  else coxph(Surv(start, stop, event) ~ x, d)
}
cox_robust <- function() coxph(Surv(start, stop, event) ~ x, d, cluster = cluster)
fine_gray <- function(time = "stop") {
  d$state <- factor(d$event, 0:2); d$id <- seq_len(nrow(d))
  right <- paste(c(names_x, "id"), collapse = "+")
  long <- finegray(as.formula(paste0("Surv(", time, ", state) ~ ", right)), d, id = id, etype = "1")
  coxph(as.formula(paste("Surv(fgstart, fgstop, fgstatus) ~", paste(names_x, collapse = "+"))),
        long, weights = fgwt, cluster = id, ties = "breslow")
}
fine_gray_late <- function() fine_gray("start, stop")
crr <- function() cmprsk::crr(d$stop, d$event, x)
aalen_johansen <- function() {
  id <- seq_len(nrow(d))
  survfit(Surv(start, stop, factor(event, 0:3)) ~ 1, d, id = id)
}
answer_of <- function(fit) {
  if (work == "aalen_johansen") {
    last <- nrow(fit$pstate)
    return(as.numeric(c(fit$pstate[last, -1], fit$std.err[last, -1])))
  }
  unname(if (work == "crr") fit$coef else coef(fit))
}

seconds <- c(); processor <- c()
for (i in seq_len(runs)) {
  took <- system.time(fit <- get(work)())
  seconds <- c(seconds, took[["elapsed"]])
  processor <- c(processor, took[["user.self"]] + took[["sys.self"]])
}
said <- list(seconds = I(seconds), processor = I(processor), answer = I(answer_of(fit)))
write(toJSON(said, digits = I(17), auto_unbox = TRUE), file.path(folder, "said.json"))
