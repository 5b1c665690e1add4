#include "engine/stream/live_run.h"

#include "engine/io/geometry_input.h"
#include "engine/io/run_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace fxs {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// How long a batch waits for its first frame, so that whoever asks can look around.
constexpr std::chrono::milliseconds kWait{200};

} // namespace

LiveRun::LiveRun(const std::string& address, const StreamSettings& stream, const InputSettings& input,
                 const TaskContext& task)
    : m_settings(stream), m_receiver(std::make_unique<MessageReceiver>(stream.receiver(address))),
      m_begin(Clock::now()) {
    const auto deadline = m_begin + std::chrono::duration<double>(stream.firstMessage);
    std::optional<ReceivedMessage> first;
    while (!(first = m_receiver->take(kWait, task.stop))) {
        task.checkpoint();
        if (Clock::now() > deadline) {
            const ReceiverState state = m_receiver->state();
            throw Error(ErrorCode::io,
                        fmt::format("nothing came from {} within {} s: {}", address, stream.firstMessage,
                                    !state.problem.empty() ? state.problem
                                    : state.connected ? "a sender is there, but sends nothing to this kind of socket"
                                                      : "no sender answers at that address"));
        }
    }
    withContext("stream " + address, [&] {
        m_unpacker = makeUnpacker(*first, stream, input);
        m_info = m_unpacker->describe();
        m_info.files = {address};
        applyInputSettings(input, m_info);
        m_check = std::make_unique<ValueCheck>(input.saturation.value_or(std::numeric_limits<double>::infinity()));
        const FramePack pack = m_unpacker->unpack(*first);
        m_pixels = m_info.polarGrid ? m_info.polarGrid->qCount() * m_info.polarGrid->phiCount
                                    : m_info.panels * m_info.slow * m_info.fast;
        if (number(pack))
            m_pack = std::make_shared<const FramePack>(pack);
    });
}

void LiveRun::wantColumns(const std::vector<std::string>& names) {
    for (const std::string& name : names)
        if (std::ranges::find(m_info.columns, name, &ColumnInfo::name) == m_info.columns.end())
            RunSource::wantColumns({name});
    m_wanted = names;
}

/// Decides the pack's index in this run; false: it was there already.
bool LiveRun::number(const FramePack& pack) {
    const std::lock_guard lock(m_mutex);
    // A stream that says neither train nor index is taken as it comes.
    if (pack.trainId && m_lastTrain) {
        if (*pack.trainId == *m_lastTrain && pack.firstIndex == m_lastIndex) {
            ++m_status.repeated;
            return false;
        }
        if (*pack.trainId > *m_lastTrain + 1)
            m_status.missingTrains += *pack.trainId - *m_lastTrain - 1;
    }
    m_packIndex = m_next;
    if (pack.firstIndex) {
        // Counting anew: what comes goes on behind what was there, so that no frame has another one's number.
        if (m_lastIndex && *pack.firstIndex < *m_lastIndex) {
            ++m_status.restarts;
            m_offset = m_next - std::min(m_next, *pack.firstIndex);
        } else if (m_lastIndex && *pack.firstIndex == *m_lastIndex) {
            ++m_status.repeated;
            return false;
        }
        m_packIndex = std::max(m_next, *pack.firstIndex + m_offset);
    }
    m_lastTrain = pack.trainId;
    m_lastIndex = pack.firstIndex;
    m_next = m_packIndex + pack.frames;
    m_taken = 0;
    return true;
}

void LiveRun::countRefusal(const std::string& why) {
    const std::lock_guard lock(m_mutex);
    ++m_status.refused;
    m_status.lastRefusal = why;
}

bool LiveRun::nextPack(std::chrono::milliseconds wait, const TaskContext& task) {
    m_pack.reset();
    while (const auto message = m_receiver->take(wait, task.stop)) {
        wait = 0ms;
        try {
            FramePack pack = m_unpacker->unpack(*message);
            {
                const std::lock_guard lock(m_mutex);
                m_status.lagSeconds = std::chrono::duration<double>(Clock::now() - message->arrived).count();
            }
            if (pack.frames > 0 && number(pack)) {
                m_pack = std::make_shared<const FramePack>(std::move(pack));
                return true;
            }
        } catch (const Error& error) {
            countRefusal(error.message());
        }
    }
    return false;
}

std::size_t LiveRun::framesLeft() const {
    const std::lock_guard lock(m_mutex);
    const auto limit = static_cast<std::uint64_t>(m_settings.frames);
    if (limit == 0)
        return std::numeric_limits<std::size_t>::max();
    return limit > m_status.frames ? limit - m_status.frames : 0;
}

/// Pieces of consecutive frames, at most count in all.
std::deque<LiveRun::Piece> LiveRun::gather(std::size_t count, const TaskContext& task) {
    std::deque<Piece> pieces;
    const std::size_t left = framesLeft();
    const bool late =
        m_settings.seconds > 0 && Clock::now() - m_begin > std::chrono::duration<double>(m_settings.seconds);
    const bool silent = m_settings.idle > 0 && m_receiver->state().silentSeconds > m_settings.idle && !m_pack;
    m_ended = late || silent || left == 0;
    count = m_ended ? 0 : std::min(count, left);
    std::size_t have = 0;
    while (have < count) {
        if (!m_pack && !nextPack(have == 0 ? kWait : 0ms, task))
            break;
        const std::uint64_t index = m_packIndex + m_taken;
        if (!pieces.empty() && index != pieces.back().index + pieces.back().count)
            break; // a gap in the numbers: the next batch begins behind it
        const std::size_t take = std::min(count - have, m_pack->frames - m_taken);
        pieces.push_back({m_pack, m_taken, take, index});
        have += take;
        m_taken += take;
        if (m_taken == m_pack->frames)
            m_pack.reset();
    }
    const std::lock_guard lock(m_mutex);
    m_status.frames += have;
    return pieces;
}

void LiveRun::copy(const std::deque<Piece>& pieces, float* out, const TaskContext& task) const {
    for (const Piece& piece : pieces) {
        piece.pack->copy(piece.first, piece.count, out, task);
        out += piece.count * m_pixels;
    }
}

std::vector<FrameColumn> LiveRun::columnsOf(const std::deque<Piece>& pieces) const {
    std::vector<FrameColumn> columns;
    for (const std::string& name : m_wanted) {
        FrameColumn column{name, {}, {}};
        for (const Piece& piece : pieces) {
            const auto found = std::ranges::find(piece.pack->columns, name, &FrameColumn::name);
            const bool there = found != piece.pack->columns.end();
            for (std::size_t f = piece.first; f < piece.first + piece.count; ++f) {
                if (there && !found->texts.empty())
                    column.texts.push_back(found->texts[f]);
                else // a sender that was silent in this message
                    column.numbers.push_back(there ? found->numbers[f] : std::numeric_limits<double>::quiet_NaN());
            }
        }
        if (!column.texts.empty() && !column.numbers.empty()) {
            column.texts.resize(column.texts.size() + column.numbers.size());
            column.numbers.clear();
        }
        columns.push_back(std::move(column));
    }
    return columns;
}

PolarBatch LiveRun::readPolar(std::uint64_t, std::size_t count, const TaskContext& task) {
    if (!isPolar())
        throw Error(ErrorCode::internal, "a stream of detector frames was asked for polar images");
    const std::deque<Piece> pieces = gather(count, task);
    PolarBatch batch;
    if (pieces.empty())
        return batch;
    const std::size_t frames = pieces.back().index + pieces.back().count - pieces.front().index;
    batch.firstIndex = pieces.front().index;
    batch.intensity = Array<float, 3>::uninitialised({frames, m_info.polarGrid->qCount(), m_info.polarGrid->phiCount});
    copy(pieces, batch.intensity.data(), task);
    if (const auto mask = m_check->clean(batch.intensity.span(), m_pixels, m_info.polarMask.span(), batch.firstIndex);
        !mask.empty()) {
        batch.mask = Array<std::uint8_t, 3>::uninitialised(batch.intensity.shape());
        std::ranges::copy(mask, batch.mask.data());
    }
    batch.columns = columnsOf(pieces);
    return batch;
}

FrameBatch LiveRun::readFrames(std::uint64_t, std::size_t count, const TaskContext& task) {
    if (isPolar())
        throw Error(ErrorCode::internal, "a stream of polar images was asked for detector frames");
    const std::deque<Piece> pieces = gather(count, task);
    FrameBatch batch;
    if (pieces.empty())
        return batch;
    const std::size_t frames = pieces.back().index + pieces.back().count - pieces.front().index;
    batch.firstIndex = pieces.front().index;
    batch.data = Array<float, 4>::uninitialised({frames, m_info.panels, m_info.slow, m_info.fast});
    copy(pieces, batch.data.data(), task);
    if (const auto mask = m_check->clean(batch.data.span(), m_pixels, m_info.frameMask.span(), batch.firstIndex);
        !mask.empty()) {
        batch.mask = Array<std::uint8_t, 4>::uninitialised(batch.data.shape());
        std::ranges::copy(mask, batch.mask.data());
    }
    batch.columns = columnsOf(pieces);
    return batch;
}

LiveStatus LiveRun::status() const {
    LiveStatus status;
    {
        const std::lock_guard lock(m_mutex);
        status = m_status;
    }
    status.receiver = m_receiver->state();
    return status;
}

std::vector<Problem> LiveRun::problemsFound() const {
    std::vector<Problem> problems = m_check->problems(m_info.files.front());
    const LiveStatus status = this->status();
    const auto tell = [&](std::uint64_t count, const std::string& text) {
        if (count > 0)
            problems.push_back({"", fmt::format("{} {}", count, text), false});
    };
    tell(status.receiver.dropped, "messages were dropped because the analysis was slower than the stream");
    tell(status.missingTrains, "trains are missing in the stream");
    tell(status.repeated, "messages came twice and were used once");
    tell(status.restarts, "times the sender began to count anew");
    tell(status.refused, "messages could not be used; the last: " + status.lastRefusal);
    if (!status.receiver.problem.empty())
        problems.push_back({"", status.receiver.problem, false});
    return problems;
}

} // namespace fxs
