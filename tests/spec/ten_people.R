# What R says of the ten people: a file of id, entry, exit, reason in; lines of name and value out.
suppressMessages({library(survival); library(etm); library(prodlim); library(Epi)})
people <- read.csv(commandArgs(trailingOnly = TRUE)[1], colClasses = c(id = "character"))
causes <- c("onset", "death", "transplant", "recovery")
code <- match(people$reason, causes, nomatch = 0)
say <- function(name, value) cat(name, sprintf("%.12g", value), "\n", sep = "\t")

lexis <- Lexis(entry = list(day = entry), exit = list(day = exit), exit.status = factor(code, 0:4),
               data = people, notes = FALSE)
say("Epi person-years", sum(lexis$lex.dur) / 365.25)

state <- factor(code, 0:4, c("none", causes))
curve <- survfit(Surv(entry, exit, state) ~ 1, data = people, id = id)
for (day in c(365.25, 730.5)) {
  share <- summary(curve, times = day)$pstate[1, -1]
  for (i in 1:4) say(paste("survival", causes[i], "by", day), share[i])
  lost <- summary(curve, rmean = day)$table[-1, "rmean"]
  for (i in 1:4) say(paste("survival days lost to", causes[i], "by", day), lost[i])
}
alone <- survfit(Surv(entry, exit, code == 1) ~ 1, data = people)
say("survival 1 - KM by 730.5", 1 - summary(alone, times = 730.5)$surv)

moves <- matrix(FALSE, 5, 5); moves[1, 2:5] <- TRUE
long <- data.frame(id = people$id, entry = people$entry, exit = people$exit, from = 0,
                   to = ifelse(code == 0, "cens", code))
fit <- etm(long, as.character(0:4), moves, "cens", s = 0)
for (i in 1:4) {
  at <- summary(fit)[[paste(0, i)]]
  row <- at[max(which(at$time <= 730.5)), ]
  say(paste("etm", causes[i], "by 730.5"), row$P)
  say(paste("etm standard error", causes[i], "by 730.5"), sqrt(row$var))
}

history <- prodlim(Hist(exit, code, entry = entry) ~ 1, data = people)
for (i in 1:4)
  say(paste("prodlim", causes[i], "by 730.5"), predict(history, times = 730.5, cause = i))

for (n in c(4, 6)) {
  cases <- if (n == 4) 2 else 1
  limits <- binom.test(cases, n)$conf.int
  say(paste("binom.test lower", cases, "of", n), limits[1])
  say(paste("binom.test upper", cases, "of", n), limits[2])
}
for (events in 1:2) {
  limits <- poisson.test(events, sum(people$exit - people$entry) / 365250)$conf.int
  say(paste("poisson.test lower", events), limits[1])
  say(paste("poisson.test upper", events), limits[2])
}
