# How many hours lie between two runs of a schedule, where it names no days of the month and no months: what
# `run_expected_every_h` and `cool_down_h` are compared with. A schedule that is no cron expression has none.
locals {
  schedule_fields = {
    for name, each in var.schedules : name => [
      for position, text in split(" ", each.cron) : try(flatten([
        for part in split(",", text) : [
          for found in [regex(local.cron_part, part)] : range(
            found.first == null ? local.cron_ranges[position][0] : local.cron_numbers[position][found.first],
            1 + (
              found.first == null ? local.cron_ranges[position][1] :
              local.cron_numbers[position][coalesce(found.last, found.first)]
            ),
            tonumber(coalesce(found.step, "1")),
          )
        ]
      ]), [])
    ] if can(regex("^\\S+ \\S+ \\* \\* \\S+$", each.cron))
  }
  # Minutes of a day, and days of a week, in order.
  schedule_times = {
    for name, fields in local.schedule_fields : name => {
      minutes = flatten([
        for hour in range(0, 24) : [for minute in range(0, 60) : 60 * hour + minute if contains(fields[0], minute)]
        if contains(fields[1], hour)
      ])
      days = [for day in range(0, 7) : day if contains([for each in fields[4] : each % 7], day)]
    }
  }
  schedule_days_between = {
    for name, each in local.schedule_times : name => [
      for index, day in each.days : index + 1 < length(each.days) ? each.days[index + 1] - day : 7 + each.days[0] - day
    ]
  }
  # Within a day, and from the last time of a day to the first of the next day that has one.
  schedule_gaps = {
    for name, each in local.schedule_times : name => concat(
      [for index, at in slice(each.minutes, 1, length(each.minutes)) : at - each.minutes[index]],
      [for days in local.schedule_days_between[name] : 1440 * days + each.minutes[0] - each.minutes[length(each.minutes) - 1]],
    ) if length(each.minutes) > 0 && length(each.days) > 0
  }
  schedule_gaps_h = {
    for name, minutes in local.schedule_gaps : name => { shortest = min(minutes...) / 60, longest = max(minutes...) / 60 }
  }
}
