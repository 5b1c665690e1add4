#include "engine/live/live_settings.h"

#include "engine/live/alarms.h"

namespace fxs {

const SettingsDescription<LiveSettings>& LiveSettings::description() {
    using S = LiveSettings;
    static const auto d =
        SettingsDescription<S>("live", "While it arrives")
            .add(&S::windowSeconds,
                 {.key = "window",
                  .label = "Recent window",
                  .unit = "s",
                  .help = "Images of the last so many seconds are summed apart, beside all since the "
                          "start. 0: they are not.",
                  .group = "Accumulations",
                  .minimum = 0})
            .add(&S::windowFrames, {.key = "window-frames",
                                    .label = "Recent window",
                                    .unit = "frames",
                                    .help = "The same by frames in place of seconds. 0: by seconds.",
                                    .group = "Accumulations",
                                    .minimum = 0})
            .add(&S::windowBuckets,
                 {.key = "window-buckets",
                  .label = "Steps of the window",
                  .help = "The window is kept as so many sums and moves on by one of them: more are smoother, and "
                          "take the memory of one correlation each.",
                  .group = "Accumulations",
                  .minimum = 2,
                  .maximum = 60,
                  .advanced = true})
            .add(&S::newRun, {.key = "new-run",
                              .label = "New accumulation at a new run number",
                              .help = "Where the stream says its run number, each run is a result of its own, beside "
                                      "all since the start.",
                              .group = "Accumulations"})
            .add(&S::refreshSeconds, {.key = "refresh",
                                      .label = "Coefficients every",
                                      .unit = "s",
                                      .help = "How often M-TIF is applied to what there is. 0: as often as it can be.",
                                      .group = "Accumulations",
                                      .minimum = 0})
            .add(&S::alarms,
                 {.key = "alarm",
                  .label = "Alarms",
                  .help = "Rules separated by \";\": \"hit-rate < 0.05 for 30; silence > 20; agreement@0.1 > "
                          "0.9\". Watched are rate, received, hit-rate, lag, queue, dropped, missing, "
                          "refused, silence, reconnects, images, agreement, resolution.",
                  .group = "Alarms"})
            .add(&S::record, {.key = "record",
                              .label = "Record to",
                              .help = "File that frames are recorded to while they are analysed: CXI for detector "
                                      "frames, a file of polar images for these. Empty: nothing is recorded.",
                              .group = "Recording",
                              .type = SettingType::file})
            .add(&S::recordWhat, {.key = "record-what",
                                  .label = "Record",
                                  .help = "All frames, or hits: those that the analysis used.",
                                  .group = "Recording",
                                  .type = SettingType::choice,
                                  .choices = {"all", "hits"}})
            .add(&S::recordFrames, {.key = "record-frames",
                                    .label = "New file after",
                                    .unit = "frames",
                                    .help = "0: by size only.",
                                    .group = "Recording",
                                    .minimum = 0})
            .add(&S::recordGigabytes, {.key = "record-gigabytes",
                                       .label = "New file after",
                                       .unit = "GB",
                                       .help = "A file is ended at this size, and the next one begun.",
                                       .group = "Recording",
                                       .minimum = 0,
                                       .minimumExclusive = true})
            .add(&S::recordQueue, {.key = "record-queue",
                                   .label = "Waiting to be written",
                                   .unit = "messages",
                                   .help = "Beyond so many, frames are not recorded, and counted: the analysis "
                                           "never waits for the disk.",
                                   .group = "Recording",
                                   .minimum = 1,
                                   .maximum = 100000,
                                   .advanced = true})
            .add(&S::historySeconds, {.key = "history",
                                      .label = "Keep rates every",
                                      .unit = "s",
                                      .help = "Older points are joined, so that memory stays bounded for days.",
                                      .group = "Alarms",
                                      .minimum = 0.1,
                                      .maximum = 3600,
                                      .advanced = true});
    return d;
}

std::vector<Problem> LiveSettings::validate() const {
    std::vector<Problem> problems = description().check(*this);
    if (const auto rules = AlarmRule::parseAll(alarms); !rules)
        problems.push_back({"alarm", rules.error().message()});
    return problems;
}

} // namespace fxs
