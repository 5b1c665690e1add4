#pragma once

#include "engine/backend/backend.h"
#include "engine/core/error.h"
#include "engine/core/task.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fxs {

/// What a job says while it runs, to be followed from elsewhere: status.jsonl, one JSON object a line.
///
///     {"v":1,"run":1,"seq":7,"time":"2026-11-23T06:31:02.125Z","kind":"progress","stage":"Correlation","done":4096,
///      "total":10000,"fraction":0.41,"rate":812.5,"unit":"frames","frames":4096,"ranks":4,"nodes":2}
///
/// run grows by one each time the job is begun again (requeued, resubmitted); seq by one with each event of a run, from 1.
struct JobEvent {
    enum class Kind {
        state,    ///< state; message: why, where there is more to say
        progress, ///< progress, frames
        log,      ///< line
        snapshot, ///< a new snapshot.h5 is there, of `frames` frames
        result,   ///< ended well: files, seconds
        error     ///< ended badly: message, code
    };
    std::uint64_t run = 0, sequence = 0;          ///< filled in by the writer
    std::chrono::system_clock::time_point time{}; ///< likewise, to the millisecond
    Kind kind = Kind::log;
    JobState state = JobState::unknown;
    Progress progress; ///< of all ranks together
    LogLine line;      ///< without its time
    std::string message;
    ErrorCode code = ErrorCode::internal;
    std::uint64_t frames = 0;       ///< in the sums, those of earlier runs of the job included
    int ranks = 0, nodes = 0;       ///< how many work; 0: not said
    std::vector<std::string> files; ///< written, in the job's folder or absolute
    std::vector<std::pair<Stage, double>> seconds;
};

const char* jobEventKindName(JobEvent::Kind kind); ///< "state", "progress", ...
/// "badInput", ...: an error's code as it stands in a line.
const char* errorCodeName(ErrorCode code);

/// One line, without the newline. Text that is no UTF-8 is made so.
std::string toJsonLine(const JobEvent& event);
/// The reverse. Fields that are not known are passed over, those that are missing have their defaults. An Error for what
/// is no JSON object, has no kind or another version.
Result<JobEvent> parseJobEvent(std::string_view line);

/// Appends events to a file. Owns: the open file. Threads: write() from any.
/// Goes on behind what an earlier run of the job wrote, whose last line may be cut.
/// Throws:  Error(noPermission, io) with the path.
class JobEventWriter {
public:
    explicit JobEventWriter(std::string path);
    ~JobEventWriter();
    JobEventWriter(JobEventWriter&& other) noexcept;
    JobEventWriter& operator=(JobEventWriter&&) = delete;

    /// Numbers and dates the event and writes it with one call, so that a reader sees whole lines.
    void write(JobEvent event);
    std::uint64_t run() const;

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// Events out of bytes that come in any cuts: what was read so far of a file that grows.
/// Lines that are garbage are counted and passed over, a line without its end is kept until that comes. What was
/// delivered once does not come again, whether the file is read anew from its start or a late writer adds an old line;
/// a file that was replaced by another (its numbers begin anew, its times go on) is delivered.
/// Threads: one at a time. Never throws but for memory.
class JobEventReader {
public:
    std::vector<JobEvent> feed(std::string_view bytes);
    /// How much of the file was read: where the next bytes are to begin.
    std::uint64_t offset() const { return m_offset; }
    /// The file begins anew (it is shorter than offset()): the next bytes are its first.
    void restart();
    std::uint64_t garbageLines() const { return m_garbage; }

private:
    std::string m_begun;     ///< the line that is not whole yet
    bool m_skipping = false; ///< within a line that is too long to be one of ours
    std::uint64_t m_offset = 0, m_garbage = 0;
    std::uint64_t m_run = 0, m_sequence = 0;        ///< of the newest that was delivered
    std::chrono::system_clock::time_point m_time{}; ///< likewise
    bool m_anew = false;                            ///< the file began anew: it may be another one
};

} // namespace fxs
