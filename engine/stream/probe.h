#pragma once

#include "engine/core/task.h"
#include "engine/io/input_settings.h"
#include "engine/stream/stream_settings.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fxs {

/// One array that a stream's messages carry.
struct ProbedArray {
    std::string source, path;
    std::string type; ///< NumPy's name: "uint16"
    std::vector<std::size_t> shape;
    std::uint64_t bytes = 0;
};

/// What a stream is, as seen for a few seconds, before anything is started.
struct StreamProbe {
    std::string address;
    std::string socket;   ///< request, subscribe or pull: the one that messages came by
    std::string protocol; ///< "Karabo bridge 2.2", "Karabo bridge 1.0", "HDF5 files", "unknown"
    bool connected = false;
    std::string problem; ///< why nothing of it can be used; empty: it can

    std::uint64_t messages = 0;
    double seconds = 0; ///< from the first message to the last
    double messagesPerSecond = 0, framesPerSecond = 0, bytesPerSecond = 0;

    std::vector<std::string> sources;
    std::vector<ProbedArray> arrays;
    std::vector<std::pair<std::string, std::string>> values; ///< "source/path" and what it says: metadata
    std::optional<std::uint64_t> firstTrain, lastTrain;
    std::uint64_t missingTrains = 0;

    /// What the analysis would take for images with these settings.
    std::string imageSource, imagePath, imageType, imageReason;
    std::size_t framesPerMessage = 0, panels = 0, slow = 0, fast = 0; ///< of detector frames
    std::size_t rings = 0, azimuths = 0;                              ///< of polar images
    std::vector<std::string> columns;                                 ///< what there is a value of for each frame
    std::optional<double> wavelengthAngstrom;
};

/// Listens for up to `seconds` and tells what comes: with the socket of the settings, or, where `everySocket`, with each kind
/// in turn until one gets messages (request first; a PULL takes messages from others, so it comes last). Ends early after
/// 20 messages. A PULL feed loses the messages that were looked at.
/// Threads:  any one thread. Throws: Error(badSettings) for an address that is none; Stopped. Silence is no error: see problem.
StreamProbe probeStream(const std::string& address, const StreamSettings& settings, const InputSettings& input,
                        double seconds, bool everySocket, const TaskContext& task);

/// For people, several lines.
std::string textOf(const StreamProbe& probe);

} // namespace fxs
