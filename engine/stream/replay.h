#pragma once

#include "engine/core/settings.h"
#include "engine/core/task.h"
#include "engine/model/run_source.h"
#include "engine/stream/message_socket.h"

#include <cstdint>
#include <string>
#include <vector>

namespace fxs {

/// How a run is served as a live stream.
struct ReplaySettings {
    std::string socket = "request";  ///< of the receivers: request, subscribe, pull
    std::string protocol = "karabo"; ///< karabo (2.2), karabo-1.0, hdf5
    double rate = 0;                 ///< frames a second; 0: as fast as receivers take them
    int framesPerMessage = 16;
    bool loop = false; ///< begins again at the end; frame numbers go on

    static const SettingsDescription<ReplaySettings>& description();
    std::vector<Problem> validate() const;
    SocketKind receivers() const;
};

/// The messages' parts for frames [first, first + count) of a run; their numbers begin at index. Empty at the end of the run.
std::vector<MessagePart> replayMessage(RunSource& run, std::uint64_t first, std::size_t count, std::uint64_t index,
                                       const ReplaySettings& settings, const TaskContext& task);

/// Serves a run of files as a live stream until its end (or, looping, until task is stopped): what a facility's bridge does,
/// for trying out a set-up and for tests.
/// Returns: the frames sent. Threads: one. Throws: Error(io), errors of the run; Stopped.
std::uint64_t replayRun(RunSource& run, MessageSender& sender, const ReplaySettings& settings, const TaskContext& task);

} // namespace fxs
