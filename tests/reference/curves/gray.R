# Expected Gray tests from cmprsk. Usage: Rscript gray.R curves.csv expected.json
suppressPackageStartupMessages({library(jsonlite); library(cmprsk)})
arguments <- commandArgs(trailingOnly = TRUE)
every <- read.csv(arguments[1])
plain <- c("ties", "continuous", "all_fail")
answers <- lapply(plain, function(name) {
  d <- every[every$set == name, ]
  list(all = unname(cuminc(d$stop, d$cause, d$group)$Tests[, "stat"]),
       stratified = unname(cuminc(d$stop, d$cause, d$group, d$stratum)$Tests[, "stat"]),
       two_groups = unname(cuminc(d$stop, d$cause, d$group == 1)$Tests[, "stat"]))
})
expected <- list(R = R.version.string,
                 packages = list(cmprsk = as.character(packageVersion("cmprsk"))),
                 sets = setNames(answers, plain))
writeLines(toJSON(expected, digits = I(17), auto_unbox = TRUE), arguments[2])
