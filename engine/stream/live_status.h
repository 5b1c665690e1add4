#pragma once

#include "engine/stream/message_socket.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace fxs {

struct FramePack; // engine/stream/frame_pack.h

/// How a live run is doing. Everything that did not become a frame is counted by its reason.
struct LiveStatus {
    ReceiverState receiver;
    std::uint64_t frames = 0;               ///< handed on
    std::uint64_t missingTrains = 0;        ///< train ids that were skipped, by the sender or on the way
    std::uint64_t missingFrames = 0;        ///< frames whose numbers were skipped, where the sender numbers frames
    std::uint64_t repeated = 0;             ///< messages of a train or index that was there already; not used
    std::uint64_t restarts = 0;             ///< the sender began to count anew
    std::uint64_t refused = 0;              ///< messages that were garbage, of another shape or without images
    std::string lastRefusal;                ///< why the last one was
    double lagSeconds = 0;                  ///< from the arrival of the last message to its hand-over
    double framesPerMessage = 0;            ///< mean over the messages that were used
    std::optional<std::uint64_t> runNumber; ///< as the stream last said it
};

/// Consecutive frames of a live run, shared with whoever records them: not copied.
struct LivePiece {
    std::shared_ptr<const FramePack> pack;
    std::size_t first = 0, count = 0; ///< frames [first, first + count) of the pack
    std::uint64_t index = 0;          ///< in the run, of the first of them
};

/// A run that grows while it is analysed, beside what RunSource says of it.
class LiveSource {
public:
    /// Called from the thread that reads, with frames as they are handed on; returns at once.
    using Tap = std::function<void(const LivePiece&)>;

    virtual ~LiveSource() = default;
    virtual LiveStatus status() const = 0; ///< from any thread
    /// Frames pass by here from now on; an empty one ends that. From any thread. False: this source has none to share.
    virtual bool setTap(Tap) { return false; }
};

/// Columns that a live run adds to its batches by itself, wanted or not.
namespace live_column {
inline constexpr const char* kRunNumber = "stream.runNumber"; ///< where the stream says it
inline constexpr const char* kArrived = "stream.arrived";     ///< s since 1970, when the frame's message came
} // namespace live_column

} // namespace fxs
