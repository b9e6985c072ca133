# Expected cause-specific models and the incidence predicted from them (a multi-state coxph, whose
# ties are Breslow's). Usage: Rscript cause_specific.R fine_gray.csv expected.json
suppressPackageStartupMessages({library(jsonlite); library(survival)})
arguments <- commandArgs(trailingOnly = TRUE)
every <- read.csv(arguments[1])
person <- data.frame(x1 = 0.5, x2 = 1, x3 = 0.2)
answers <- lapply(unique(every$set), function(name) {
  d <- every[every$set == name, ]
  d$state <- factor(d$cause, 0:2)
  fit <- coxph(Surv(start, stop, state) ~ x1 + x2 + x3, d, id = id, weights = weight,
               ties = "breslow", eps = 1e-14, toler.chol = 1e-15, iter.max = 100)
  curve <- survfit(fit, newdata = person)
  kept <- curve$time %in% d$stop[d$cause > 0]
  list(coefficients = matrix(coef(fit), 2, byrow = TRUE), times = curve$time[kept],
       incidence = curve$pstate[kept, 1, -1])
})
expected <- list(R = R.version.string,
                 packages = list(survival = as.character(packageVersion("survival"))),
                 person = as.numeric(person), sets = setNames(answers, unique(every$set)))
writeLines(toJSON(expected, digits = I(17), auto_unbox = TRUE), arguments[2])
