#include "engine/backend/job_events.h"

#include "engine/backend/job_spec_file.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <optional>
#include <type_traits>

namespace fxs {

namespace {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;
using Kind = JobEvent::Kind;
using Clock = std::chrono::system_clock;

constexpr int kVersion = 1;
constexpr std::size_t kLongestLine = std::size_t{1} << 20;

constexpr const char* kKinds[] = {"state", "progress", "log", "snapshot", "result", "error"};
constexpr const char* kLevels[] = {"debug", "info", "warning", "error"};
constexpr const char* kCodes[] = {"badInput", "badSettings", "notFound",  "noPermission", "exists",
                                  "io",       "unsupported", "numerical", "internal"};

template <class E, std::size_t N>
std::optional<E> fromName(const char* const (&names)[N], const std::string& name) {
    const auto it = std::find(std::begin(names), std::end(names), name);
    return it == std::end(names) ? std::nullopt : std::optional<E>(static_cast<E>(it - std::begin(names)));
}

JobState stateFromName(const std::string& name) {
    for (const JobState state :
         {JobState::queued, JobState::running, JobState::stopping, JobState::done, JobState::failed, JobState::stopped})
        if (name == jobStateName(state))
            return state;
    return JobState::unknown;
}

std::string timeText(Clock::time_point time) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(ms / 1000)), ms % 1000);
}

Clock::time_point timeFromText(const std::string& text) {
    std::tm parts{};
    int ms = 0;
    if (std::sscanf(text.c_str(), "%d-%d-%dT%d:%d:%d.%d", &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &parts.tm_hour,
                    &parts.tm_min, &parts.tm_sec, &ms) < 6)
        return {};
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    return Clock::from_time_t(timegm(&parts)) + std::chrono::milliseconds(std::clamp(ms, 0, 999));
}

/// A field, or the default where it is missing or of another type: an event is worth more than its odd field.
template <class T>
T field(const Json& object, const char* name, T otherwise = {}) {
    const auto it = object.find(name);
    if (it == object.end())
        return otherwise;
    if constexpr (std::is_same_v<T, std::string>)
        return it->is_string() ? it->get<std::string>() : otherwise;
    else if constexpr (std::is_floating_point_v<T>)
        return it->is_number() ? it->get<T>() : otherwise;
    else
        return it->is_number_unsigned() ? it->get<T>() : otherwise;
}

void putProgress(OrderedJson& object, const Progress& progress) {
    object["stage"] = progress.stage;
    object["fraction"] = progress.fraction;
    object["done"] = progress.done;
    object["total"] = progress.total;
    object["rate"] = progress.ratePerSecond;
    object["unit"] = progress.unit;
}

Progress progressOf(const Json& object) {
    Progress progress;
    progress.stage = field<std::string>(object, "stage");
    progress.fraction = std::clamp(field<double>(object, "fraction"), 0.0, 1.0);
    progress.done = field<std::uint64_t>(object, "done");
    progress.total = field<std::uint64_t>(object, "total");
    progress.ratePerSecond = field<double>(object, "rate");
    progress.unit = field<std::string>(object, "unit", "frames");
    return progress;
}

void putResult(OrderedJson& object, const JobEvent& event) {
    object["files"] = event.files;
    object["seconds"] = OrderedJson::object();
    for (const auto& [stage, seconds] : event.seconds)
        object["seconds"][stageWord(stage)] = seconds;
}

void takeResult(const Json& object, JobEvent& event) {
    if (const auto files = object.find("files"); files != object.end() && files->is_array())
        for (const Json& file : *files)
            if (file.is_string())
                event.files.push_back(file.get<std::string>());
    const auto seconds = object.find("seconds");
    for (const Stage stage : {Stage::correlate, Stage::filter, Stage::reconstruct})
        if (seconds != object.end() && seconds->is_object() && seconds->contains(stageWord(stage)))
            event.seconds.emplace_back(stage, field<double>(*seconds, stageWord(stage)));
}

} // namespace

const char* jobEventKindName(JobEvent::Kind kind) {
    return kKinds[static_cast<int>(kind)];
}

const char* errorCodeName(ErrorCode code) {
    return kCodes[static_cast<int>(code)];
}

std::string toJsonLine(const JobEvent& event) {
    // Ordered, so that people who read the file find the same things in the same place.
    OrderedJson object;
    object["v"] = kVersion;
    object["run"] = event.run;
    object["seq"] = event.sequence;
    object["time"] = timeText(event.time);
    object["kind"] = jobEventKindName(event.kind);
    if (event.frames > 0 || event.kind == Kind::progress || event.kind == Kind::snapshot)
        object["frames"] = event.frames;
    if (event.ranks > 0)
        object["ranks"] = event.ranks;
    if (event.nodes > 0)
        object["nodes"] = event.nodes;
    if (!event.message.empty())
        object["message"] = event.message;
    if (event.kind == Kind::state)
        object["state"] = jobStateName(event.state);
    if (event.kind == Kind::progress)
        putProgress(object, event.progress);
    if (event.kind == Kind::log) {
        object["level"] = kLevels[static_cast<int>(event.line.level)];
        object["message"] = event.line.text;
    }
    if (event.kind == Kind::result)
        putResult(object, event);
    if (event.kind == Kind::error)
        object["code"] = errorCodeName(event.code);
    return object.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

Result<JobEvent> parseJobEvent(std::string_view line) {
    const Json object = Json::parse(line, nullptr, false);
    if (!object.is_object())
        return Error(ErrorCode::badInput, "it is no JSON object");
    if (const auto version = field<int>(object, "v"); version != kVersion)
        return Error(ErrorCode::unsupported, fmt::format("it is of version {}, expected {}", version, kVersion));
    const auto kind = fromName<Kind>(kKinds, field<std::string>(object, "kind"));
    if (!kind)
        return Error(ErrorCode::badInput, "it has no kind that is known");
    JobEvent event;
    event.kind = *kind;
    event.run = field<std::uint64_t>(object, "run");
    event.sequence = field<std::uint64_t>(object, "seq");
    event.time = timeFromText(field<std::string>(object, "time"));
    event.frames = field<std::uint64_t>(object, "frames");
    event.ranks = static_cast<int>(std::min<std::uint64_t>(field<std::uint64_t>(object, "ranks"), 1 << 30));
    event.nodes = static_cast<int>(std::min<std::uint64_t>(field<std::uint64_t>(object, "nodes"), 1 << 30));
    event.message = field<std::string>(object, "message");
    if (event.kind == Kind::state)
        event.state = stateFromName(field<std::string>(object, "state"));
    if (event.kind == Kind::progress)
        event.progress = progressOf(object);
    if (event.kind == Kind::log) {
        event.line.level = fromName<LogLevel>(kLevels, field<std::string>(object, "level")).value_or(LogLevel::info);
        event.line.text = std::exchange(event.message, {});
        event.line.time = event.time;
    }
    if (event.kind == Kind::result)
        takeResult(object, event);
    if (event.kind == Kind::error)
        event.code = fromName<ErrorCode>(kCodes, field<std::string>(object, "code")).value_or(ErrorCode::internal);
    return event;
}

// --- writing -------------------------------------------------------------------------------------------------------

struct JobEventWriter::State {
    std::string path;
    int file = -1;
    std::mutex mutex;
    std::uint64_t run = 1, sequence = 0;

    ~State() {
        if (file >= 0)
            close(file);
    }

    [[noreturn]] void fail(const char* what) const {
        const int number = errno;
        throw Error(number == EACCES || number == EPERM || number == EROFS ? ErrorCode::noPermission : ErrorCode::io,
                    fmt::format("{} the events {}: {}", what, path, std::strerror(number)));
    }

    void put(const std::string& text) {
        for (std::size_t done = 0; done < text.size();) {
            const ssize_t n = ::write(file, text.data() + done, text.size() - done);
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0)
                fail("writing");
            done += static_cast<std::size_t>(n);
        }
    }

    /// The number of this run, from what earlier ones left; ends a line that one of them did not.
    void goOn() {
        JobEventReader reader;
        char last = '\n';
        std::string bytes(std::size_t{1} << 16, '\0');
        std::uint64_t offset = 0;
        for (;;) {
            const ssize_t n = pread(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
            if (n < 0)
                fail("reading");
            if (n == 0)
                break;
            const std::string_view got(bytes.data(), static_cast<std::size_t>(n));
            for (const JobEvent& event : reader.feed(got))
                run = std::max(run, event.run + 1);
            last = got.back();
            offset += got.size();
        }
        if (last != '\n')
            put("\n");
    }
};

JobEventWriter::JobEventWriter(std::string path) : m_state(std::make_unique<State>()) {
    m_state->path = std::move(path);
    m_state->file = open(m_state->path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (m_state->file < 0)
        m_state->fail("opening");
    m_state->goOn();
}

JobEventWriter::~JobEventWriter() = default;
JobEventWriter::JobEventWriter(JobEventWriter&&) noexcept = default;

std::uint64_t JobEventWriter::run() const {
    return m_state->run;
}

void JobEventWriter::write(JobEvent event) {
    const std::lock_guard lock(m_state->mutex);
    event.run = m_state->run;
    event.sequence = ++m_state->sequence;
    event.time = Clock::now();
    m_state->put(toJsonLine(event) + "\n");
}

// --- reading -------------------------------------------------------------------------------------------------------

std::vector<JobEvent> JobEventReader::feed(std::string_view bytes) {
    std::vector<JobEvent> events;
    m_offset += bytes.size();
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        if (!m_skipping)
            m_begun += bytes.substr(0, end);
        if (m_begun.size() > kLongestLine) {
            m_begun.clear();
            m_skipping = true;
        }
        if (end == std::string_view::npos)
            break;
        bytes.remove_prefix(end + 1);
        const bool wasSkipping = std::exchange(m_skipping, false);
        const std::string line = std::exchange(m_begun, {});
        if (line.find_first_not_of(" \t\r") == std::string::npos && !wasSkipping)
            continue;
        auto event = wasSkipping ? Result<JobEvent>(Error(ErrorCode::badInput, "too long")) : parseJobEvent(line);
        if (!event) {
            ++m_garbage;
            continue;
        }
        const bool isKnown = std::pair(event->run, event->sequence) <= std::pair(m_run, m_sequence);
        if (isKnown && !(m_anew && event->time > m_time))
            continue;
        m_run = event->run;
        m_sequence = event->sequence;
        m_time = std::max(m_time, event->time);
        m_anew = false;
        events.push_back(std::move(*event));
    }
    return events;
}

void JobEventReader::restart() {
    m_begun.clear();
    m_skipping = false;
    m_offset = 0;
    m_anew = true;
}

} // namespace fxs
