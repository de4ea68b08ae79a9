# What may stand in the five fields of a cron expression, for the validation of `schedules`. The same rule, with a
# sentence for each fault, is pipeline/config/cron_rule.py; a table of cases holds both to the same answers.

locals {
  cron_ranges = [[0, 59], [0, 23], [1, 31], [1, 12], [0, 7]]
  cron_names = [
    [], [], [],
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
  ]
  # For each field, what is written to the number that it stands for.
  cron_numbers = [
    for position, range in local.cron_ranges : merge(
      { for number in range(range[0], range[1] + 1) : tostring(number) => number },
      { for number in range(range[0], range[1] + 1) : format("%02d", number) => number },
      { for index, name in local.cron_names[position] : name => index + range[0] },
    )
  ]
  cron_part           = "^(?:\\*|(?P<first>[0-9A-Za-z]+)(?:-(?P<last>[0-9A-Za-z]+))?)(?:/(?P<step>[0-9]{1,2}))?$"
  cron_longest_months = { "2" = 29, "4" = 30, "6" = 30, "9" = 30, "11" = 30 }

  # Places of the IANA database, and UTC: those of `zoneinfo.available_timezones()` with a slash; add a new one.
  time_zones = compact(split("\n", file("${path.module}/time_zones.txt")))
}
