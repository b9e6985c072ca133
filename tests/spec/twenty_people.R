# What R says of the twenty people: a file of id, entry, exit, reason in; lines of name and value out.
suppressMessages({library(survival); library(etm)})
people <- read.csv(commandArgs(trailingOnly = TRUE)[1], colClasses = c(id = "character"))
causes <- c("onset", "death", "transplant", "recovery")
code <- match(people$reason, causes, nomatch = 0)
say <- function(name, value) cat(name, sprintf("%.12g", value), "\n", sep = "\t")

state <- factor(code, 0:4, c("none", causes))
curve <- survfit(Surv(entry, exit, state) ~ 1, data = people, id = id)
by_end <- summary(curve, times = 3652.5)$pstate[1, 2]
say("survival incidence by 10 years", by_end)
for (q in c(0.25, 0.5, 0.75)) {
  reached <- curve$pstate[, 2] >= q * by_end - 1e-12
  say(paste("survival quartile", q), min(curve$time[reached]))
}
say("survival share by 15 months", summary(curve, times = 15 * 365.25 / 12)$pstate[1, 2] / by_end)

moves <- matrix(FALSE, 4, 4); moves[1, 2:4] <- TRUE
long <- data.frame(id = people$id, entry = people$entry, exit = people$exit, from = 0,
                   to = ifelse(code == 0, "cens", code))
at <- summary(etm(long, as.character(0:3), moves, "cens", s = 0))[["0 1"]]
row <- at[max(which(at$time <= 3652.5)), ]
say("etm incidence by 10 years", row$P)
say("etm standard error by 10 years", sqrt(row$var))
