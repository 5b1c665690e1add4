#pragma once

#include "engine/io/input_settings.h"
#include "engine/io/value_check.h"
#include "engine/model/run_source.h"
#include "engine/stream/frame_pack.h"
#include "engine/stream/live_status.h"
#include "engine/stream/message_socket.h"
#include "engine/stream/stream_settings.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

namespace fxs {

/// A live stream as a run. Frames are numbered by the sender where it numbers them, else as they come; a batch ends where the
/// numbers have a gap.
/// Owns:    its receiver and the messages that wait: memory is bounded by the queue.
/// Threads: as RunSource; status() from any thread.
/// Throws:  the constructor: Error(badSettings) for an address that is none, Error(io) if nothing comes, Error(badInput) if the
///          first message has no images. After that nothing that arrives is an error: it is counted.
class LiveRun : public RunSource, public LiveSource {
public:
    LiveRun(const std::string& address, const StreamSettings& stream, const InputSettings& input,
            const TaskContext& task);

    const RunInfo& info() const override { return m_info; }
    std::vector<Problem> problemsFound() const override;
    void wantColumns(const std::vector<std::string>& names) override;
    bool mayGrow() const override { return !m_ended; }
    /// The next frames, at most count; none after about 0.2 s without a message. `first` is not looked at: a stream does not
    /// go back.
    PolarBatch readPolar(std::uint64_t first, std::size_t count, const TaskContext& task) override;
    FrameBatch readFrames(std::uint64_t first, std::size_t count, const TaskContext& task) override;

    LiveStatus status() const override;
    /// Lets go of what is left of the message under way: the next frames are of a newer one. For looking, not for analysis.
    void skipRest() { m_pack.reset(); }

private:
    /// Frames [first, first + count) of a pack.
    struct Piece {
        std::shared_ptr<const FramePack> pack;
        std::size_t first = 0, count = 0;
        std::uint64_t index = 0; ///< in this run, of its first frame
    };
    std::deque<Piece> gather(std::size_t count, const TaskContext& task);
    bool nextPack(std::chrono::milliseconds wait, const TaskContext& task);
    bool number(const FramePack& pack);
    void countRefusal(const std::string& why);
    std::size_t framesLeft() const;
    void copy(const std::deque<Piece>& pieces, float* out, const TaskContext& task) const;
    std::vector<FrameColumn> columnsOf(const std::deque<Piece>& pieces) const;

    StreamSettings m_settings;
    std::unique_ptr<MessageReceiver> m_receiver;
    std::unique_ptr<FrameUnpacker> m_unpacker;
    std::unique_ptr<ValueCheck> m_check;
    RunInfo m_info;
    std::size_t m_pixels = 0;
    std::vector<std::string> m_wanted;

    std::shared_ptr<const FramePack> m_pack; ///< under way
    std::size_t m_taken = 0;                 ///< frames of it that were handed on
    std::uint64_t m_packIndex = 0;           ///< index in this run of its first frame
    std::uint64_t m_next = 0;                ///< index after the last frame handed on
    std::uint64_t m_offset = 0;              ///< from the sender's numbers to ours: grows when it counts anew
    std::optional<std::uint64_t> m_lastTrain, m_lastIndex;
    std::chrono::steady_clock::time_point m_begin;
    bool m_ended = false;

    mutable std::mutex m_mutex; ///< over m_status
    LiveStatus m_status;
};

} // namespace fxs
