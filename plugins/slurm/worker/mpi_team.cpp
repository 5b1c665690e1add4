#include "plugins/slurm/worker/mpi_team.h"

#include "engine/core/error.h"
#include "engine/core/thread.h"

#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <utility>

namespace fxs::worker {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// Tags beyond those of Word.
enum Tag : int { kGather = 100, kBroadcast, kMeeting, kDone, kLeft };

std::string bytesOf(std::uint64_t number) {
    return {reinterpret_cast<const char*>(&number), sizeof number};
}

std::uint64_t numberOf(const std::string& bytes) {
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof number));
    return number;
}

struct Message {
    int rank = 0, tag = 0;
    std::string bytes;
};

/// One that is on its way: its bytes must stay where they are.
struct Outgoing {
    std::string bytes;
    MPI_Request request = MPI_REQUEST_NULL;
};

} // namespace

struct MpiTeam::State {
    int rank = 0, size = 1;
    Handlers handlers;

    std::mutex mpi; ///< one thread at a time inside MPI
    std::list<Outgoing> outgoing;

    mutable std::mutex mutex; ///< guards what follows
    std::condition_variable changed;
    std::vector<std::deque<std::string>> gathered; ///< by rank, in the order of their sending
    std::deque<std::string> broadcasts;
    std::uint64_t meetingsAsked = 0, meetingsBegun = 0;
    std::vector<bool> done;
    std::optional<std::string> left;
    std::atomic<int> waiting{0};
    Clock::time_point lastTick{};
    NamedThread thread; ///< last: joined before the rest goes

    void send(int to, int tag, std::string bytes) {
        if (to == rank) {
            take({rank, tag, std::move(bytes)});
            return;
        }
        const std::lock_guard lock(mpi);
        Outgoing& message = outgoing.emplace_back();
        message.bytes = std::move(bytes);
        MPI_Isend(message.bytes.data(), static_cast<int>(message.bytes.size()), MPI_BYTE, to, tag, MPI_COMM_WORLD,
                  &message.request);
    }

    void forgetSent() {
        for (auto it = outgoing.begin(); it != outgoing.end();) {
            int isSent = 0;
            MPI_Test(&it->request, &isSent, MPI_STATUS_IGNORE);
            it = isSent ? outgoing.erase(it) : std::next(it);
        }
    }

    std::optional<Message> receive() {
        const std::lock_guard lock(mpi);
        forgetSent();
        int isThere = 0, count = 0;
        MPI_Status status;
        MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &isThere, &status);
        if (!isThere)
            return std::nullopt;
        MPI_Get_count(&status, MPI_BYTE, &count);
        Message message{status.MPI_SOURCE, status.MPI_TAG, std::string(static_cast<std::size_t>(count), '\0')};
        MPI_Recv(message.bytes.data(), count, MPI_BYTE, message.rank, message.tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        return message;
    }

    void take(Message message) {
        if (message.tag < kGather) {
            if (handlers.onWord)
                handlers.onWord(message.rank, static_cast<Word>(message.tag), message.bytes);
            return;
        }
        const std::lock_guard lock(mutex);
        switch (message.tag) {
        case kGather:
            gathered[static_cast<std::size_t>(message.rank)].push_back(std::move(message.bytes));
            break;
        case kBroadcast:
            broadcasts.push_back(std::move(message.bytes));
            break;
        case kMeeting:
            meetingsAsked = std::max(meetingsAsked, numberOf(message.bytes));
            break;
        case kDone:
            done[static_cast<std::size_t>(message.rank)] = true;
            break;
        case kLeft:
            if (!left)
                left = fmt::format("rank {}: {}", message.rank, message.bytes);
            break;
        default:
            break;
        }
        changed.notify_all();
    }

    void run(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            if (auto message = receive()) {
                take(std::move(*message));
                continue;
            }
            if (const auto now = Clock::now(); now - lastTick > milliseconds(100)) {
                lastTick = now;
                if (handlers.onTick)
                    handlers.onTick();
            }
            std::this_thread::sleep_for(milliseconds(waiting > 0 ? 2 : 20));
        }
    }

    /// Waits until isThere() under the lock. What others sent before they left is still taken.
    template <class Condition>
    void waitFor(std::unique_lock<std::mutex>& lock, const TaskContext& task, Condition isThere) {
        struct Count {
            std::atomic<int>& n;
            explicit Count(std::atomic<int>& number) : n(number) { ++n; }
            ~Count() { --n; }
        } count(waiting);
        while (!isThere()) {
            task.checkpoint();
            if (left)
                throw Error(ErrorCode::io, *left);
            changed.wait_for(lock, milliseconds(50));
        }
    }
};

MpiTeam::MpiTeam(int& argc, char**& argv) : m_state(std::make_unique<State>()) {
    int given = MPI_THREAD_SINGLE;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_SERIALIZED, &given);
    MPI_Comm_rank(MPI_COMM_WORLD, &m_state->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &m_state->size);
    if (given < MPI_THREAD_SERIALIZED && m_state->size > 1)
        throw Error(ErrorCode::unsupported,
                    "this MPI cannot be used from more than one thread; build the worker with one that can");
    m_state->gathered.resize(static_cast<std::size_t>(m_state->size));
    m_state->done.resize(static_cast<std::size_t>(m_state->size), false);
}

MpiTeam::~MpiTeam() {
    m_state->thread.requestStop();
    m_state->thread.join();
}

void MpiTeam::listen(Handlers handlers) {
    m_state->handlers = std::move(handlers);
    m_state->thread = NamedThread("fxs-team", [this](const std::stop_token& stop) { m_state->run(stop); });
}

void MpiTeam::send(int to, Word word, const std::string& bytes) {
    m_state->send(to, static_cast<int>(word), bytes);
}

void MpiTeam::tell(Word word, const std::string& bytes) {
    for (int other = 0; other < m_state->size; ++other)
        if (other != m_state->rank)
            send(other, word, bytes);
}

void MpiTeam::leave(const std::string& reason) noexcept {
    try {
        for (int other = 0; other < m_state->size; ++other)
            if (other != m_state->rank)
                m_state->send(other, kLeft, reason);
    } catch (const std::exception&) { // out of memory: the launcher ends the others when this one is gone
    }
}

int MpiTeam::countNodes() const {
    MPI_Comm node = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
    int place = 0;
    MPI_Comm_rank(node, &place);
    MPI_Comm_free(&node);
    int isFirst = place == 0 ? 1 : 0, nodes = 0;
    MPI_Allreduce(&isFirst, &nodes, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
    return nodes;
}

void MpiTeam::end() {
    m_state->thread.requestStop();
    m_state->thread.join();
    // A rank that never comes must not keep the others for ever; all that matters has been written by now.
    const NamedThread watchdog("fxs-watchdog", [](const std::stop_token& stop) {
        const auto deadline = Clock::now() + std::chrono::seconds(60);
        while (!stop.stop_requested() && Clock::now() < deadline)
            std::this_thread::sleep_for(milliseconds(20));
        if (!stop.stop_requested())
            std::_Exit(1);
    });
    for (Outgoing& message : m_state->outgoing)
        MPI_Wait(&message.request, MPI_STATUS_IGNORE);
    MPI_Finalize();
}

void MpiTeam::abort(int status) {
    {
        const std::lock_guard lock(m_state->mpi);
        MPI_Abort(MPI_COMM_WORLD, status);
    }
    std::_Exit(status); // MPI_Abort of a single process without a launcher may come back
}

int MpiTeam::rank() const {
    return m_state->rank;
}

int MpiTeam::size() const {
    return m_state->size;
}

std::vector<std::string> MpiTeam::gather(std::string mine, const TaskContext& task) {
    State& s = *m_state;
    s.send(0, kGather, std::move(mine));
    std::vector<std::string> all;
    if (!isRoot())
        return all;
    std::unique_lock lock(s.mutex);
    s.waitFor(lock, task, [&] { return std::ranges::none_of(s.gathered, [](const auto& q) { return q.empty(); }); });
    for (auto& queue : s.gathered) {
        all.push_back(std::move(queue.front()));
        queue.pop_front();
    }
    return all;
}

std::string MpiTeam::broadcast(std::string fromRoot, const TaskContext& task) {
    State& s = *m_state;
    if (isRoot()) {
        for (int other = 1; other < s.size; ++other)
            s.send(other, kBroadcast, fromRoot);
        return fromRoot;
    }
    std::unique_lock lock(s.mutex);
    s.waitFor(lock, task, [&] { return !s.broadcasts.empty(); });
    std::string bytes = std::move(s.broadcasts.front());
    s.broadcasts.pop_front();
    return bytes;
}

void MpiTeam::reduce(std::span<const double> mine, std::span<double> sum) {
    constexpr std::size_t kPiece = std::size_t{1} << 24; // what MPI keeps of it meanwhile stays bounded
    const std::lock_guard lock(m_state->mpi);
    for (std::size_t at = 0; at < mine.size(); at += kPiece) {
        const std::size_t n = std::min(kPiece, mine.size() - at);
        MPI_Reduce(mine.data() + at, isRoot() ? sum.data() + at : nullptr, static_cast<int>(n), MPI_DOUBLE, MPI_SUM, 0,
                   MPI_COMM_WORLD);
    }
}

void MpiTeam::askForMeeting() noexcept {
    std::uint64_t number = 0;
    {
        const std::lock_guard lock(m_state->mutex);
        number = m_state->meetingsBegun + 1;
        if (m_state->meetingsAsked >= number)
            return;
        m_state->meetingsAsked = number;
    }
    try {
        for (int other = 0; other < m_state->size; ++other)
            if (other != m_state->rank)
                m_state->send(other, kMeeting, bytesOf(number));
    } catch (const std::exception&) { // out of memory: the next one who asks may have more luck
    }
}

bool MpiTeam::isMeetingAsked() const noexcept {
    const std::lock_guard lock(m_state->mutex);
    return m_state->meetingsAsked > m_state->meetingsBegun;
}

void MpiTeam::beginMeeting() noexcept {
    const std::lock_guard lock(m_state->mutex);
    ++m_state->meetingsBegun;
}

void MpiTeam::announceDone() {
    m_state->send(0, kDone, {});
}

bool MpiTeam::areAllDone() const noexcept {
    const std::lock_guard lock(m_state->mutex);
    return std::ranges::all_of(m_state->done, [](bool done) { return done; });
}

void MpiTeam::waitForChange(const TaskContext& task) {
    State& s = *m_state;
    std::unique_lock lock(s.mutex);
    task.checkpoint();
    if (s.left)
        throw Error(ErrorCode::io, *s.left);
    ++s.waiting;
    s.changed.wait_for(lock, milliseconds(50));
    --s.waiting;
}

bool MpiTeam::isBroken() const noexcept {
    const std::lock_guard lock(m_state->mutex);
    return m_state->left.has_value();
}

} // namespace fxs::worker
