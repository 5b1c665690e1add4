#include "engine/stream/stream_settings.h"

#include "engine/stream/detector_array.h"

#include <string_view>

namespace fxs {

const SettingsDescription<StreamSettings>& StreamSettings::description() {
    using S = StreamSettings;
    static const auto d =
        SettingsDescription<S>("stream", "Live stream")
            .add(&S::socket,
                 {.key = "socket",
                  .label = "Socket",
                  .help = "How messages are asked for, as the sender has it: request (REQ: we set the pace), "
                          "subscribe (SUB: everybody gets everything) or pull (PULL: receivers share).",
                  .group = "Connection",
                  .type = SettingType::choice,
                  .choices = {"request", "subscribe", "pull"}})
            .add(&S::firstMessage, {.key = "first-message",
                                    .label = "Wait for the first message",
                                    .unit = "s",
                                    .help = "How long nothing may come before that is an error.",
                                    .group = "Connection",
                                    .minimum = 0,
                                    .minimumExclusive = true,
                                    .advanced = true})
            .add(&S::source, {.key = "source",
                              .label = "Source",
                              .help = "The sender whose array holds the images. Empty: the one with the largest array.",
                              .group = "Images"})
            .add(&S::path, {.key = "path",
                            .label = "Array",
                            .help = "The array that holds the images, e.g. image.data. Empty: the largest.",
                            .group = "Images"})
            .add(&S::axes,
                 {.key = "axes",
                  .label = "Axes",
                  .help = "What the array's axes are, first to last: frame, panel, slow, fast. Empty: told by "
                          "their lengths (pulse and cell ids beside the array say how many frames it holds).",
                  .group = "Images"})
            .add(&S::queue, {.key = "queue",
                             .label = "Queue",
                             .unit = "messages",
                             .help = "How many messages may wait for the analysis.",
                             .group = "When too much comes",
                             .minimum = 1,
                             .maximum = 100000})
            .add(&S::full, {.key = "when-full",
                            .label = "When the queue is full",
                            .help = "drop-oldest: the oldest waiting message is dropped and counted. wait: the sender "
                                    "waits. auto: wait for request, drop-oldest for the others.",
                            .group = "When too much comes",
                            .type = SettingType::choice,
                            .choices = {"auto", "drop-oldest", "wait"}})
            .add(&S::frames, {.key = "frames",
                              .label = "End after",
                              .unit = "frames",
                              .help = "0: goes on until it is stopped.",
                              .group = "End",
                              .minimum = 0})
            .add(&S::idle, {.key = "idle",
                            .label = "End after silence of",
                            .unit = "s",
                            .help = "Without anything new for so long it ends. 0: waits until it is stopped.",
                            .group = "End",
                            .minimum = 0})
            .add(&S::follow,
                 {.key = "follow",
                  .label = "Follow files being written",
                  .help = "Files that a writer still has open (SWMR), and files that appear later in a folder, "
                          "are read as they grow.",
                  .group = "Connection"})
            .add(&S::seconds, {.key = "seconds",
                               .label = "End after",
                               .unit = "s",
                               .help = "0: goes on until it is stopped.",
                               .group = "End",
                               .minimum = 0});
    return d;
}

std::vector<Problem> StreamSettings::validate() const {
    std::vector<Problem> problems = description().check(*this);
    if (!axes.empty())
        if (const auto parsed = ArrayAxes::parse(axes); !parsed)
            problems.push_back({"axes", parsed.error().message()});
    return problems;
}

ReceiverOptions StreamSettings::receiver(const std::string& address) const {
    ReceiverOptions options;
    options.address = address;
    options.kind = socket == "subscribe" ? SocketKind::subscribe
                   : socket == "pull"    ? SocketKind::pull
                                         : SocketKind::request;
    const bool waits = full == "wait" || (full == "auto" && options.kind == SocketKind::request);
    options.whenFull = waits ? WhenFull::wait : WhenFull::dropOldest;
    options.queueLength = static_cast<std::size_t>(queue);
    return options;
}

bool isStreamAddress(const std::string& name) {
    using namespace std::string_view_literals;
    for (const std::string_view scheme : {"tcp://"sv, "ipc://"sv, "inproc://"sv})
        if (std::string_view(name).substr(0, scheme.size()) == scheme)
            return true;
    return false;
}

} // namespace fxs
