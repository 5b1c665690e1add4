#include "engine/backend/local_backend.h"

#include "engine/backend/deliver.h"
#include "engine/backend/pipeline.h"
#include "engine/core/give_way.h"
#include "engine/core/parallel.h"
#include "engine/core/thread.h"

#include <fmt/format.h>
#include <unistd.h>

#include <ctime>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace fxs {

namespace {

JobState finalState(const Outcome& outcome) {
    switch (outcome.index()) {
    case 0:
        return JobState::done;
    case 1:
        return JobState::failed;
    default:
        return JobState::stopped;
    }
}

Outcome outcomeOf(const JobWork& work, const JobSpec& spec, const JobHooks& hooks) noexcept {
    try {
        return work(spec, hooks);
    } catch (const Stopped&) {
        return Stopped();
    } catch (const Error& error) {
        return error;
    } catch (const std::bad_alloc&) {
        return Error(ErrorCode::io, "out of memory");
    } catch (const std::exception& error) {
        return Error(ErrorCode::internal, error.what());
    } catch (...) {
        return Error(ErrorCode::internal, "the job ended with something that is not an error of this program");
    }
}

} // namespace

/// What is known of the jobs submitted; outlives the backend as long as a job lives.
class LocalBackend::Ledger {
public:
    JobId open(const JobSpec& spec) {
        const std::lock_guard lock(m_mutex);
        const JobId id = fmt::format("local-{:x}-{}-{}", m_opened, getpid(), ++m_count);
        m_entries[id] = {{id, spec.name, JobState::queued, spec.outputFolder}, {}};
        return id;
    }

    void setState(const JobId& id, JobState state) {
        const std::lock_guard lock(m_mutex);
        m_entries[id].record.state = state;
    }

    void setFiles(const JobId& id, std::vector<std::string> files) {
        const std::lock_guard lock(m_mutex);
        m_entries[id].files = std::move(files);
    }

    std::vector<JobRecord> records() const {
        const std::lock_guard lock(m_mutex);
        std::vector<JobRecord> all;
        for (const auto& [id, entry] : m_entries)
            all.push_back(entry.record);
        return all;
    }

    std::optional<std::vector<std::string>> files(const JobId& id) const {
        const std::lock_guard lock(m_mutex);
        const auto it = m_entries.find(id);
        return it == m_entries.end() ? std::nullopt : std::optional(it->second.files);
    }

private:
    struct Entry {
        JobRecord record;
        std::vector<std::string> files;
    };
    mutable std::mutex m_mutex;
    std::map<JobId, Entry> m_entries;
    std::uint64_t m_count = 0;
    /// In every id: process numbers come again, and lists of jobs are kept for long.
    const std::int64_t m_opened = static_cast<std::int64_t>(std::time(nullptr));
};

class LocalBackend::LocalJob : public Job {
public:
    LocalJob(JobWork work, JobSpec spec, JobEvents events, std::shared_ptr<Ledger> ledger, Beside beside)
        : m_work(std::move(work)), m_spec(std::move(spec)), m_events(std::move(events)), m_ledger(std::move(ledger)),
          m_id(m_ledger->open(m_spec)) {
        deliver(m_events.state, JobState::queued);
        m_thread = NamedThread("fxs-job", [this, beside](std::stop_token) {
            std::optional<GiveWay> giveWay;
            if (beside == Beside::window)
                giveWay.emplace();
            run();
        });
    }

    ~LocalJob() override {
        requestStop();
        m_thread.join();
    }

    JobId id() const override { return m_id; }

    void requestFinish() noexcept override {
        std::stop_source finish(std::nostopstate);
        {
            const std::lock_guard lock(m_finishMutex);
            finish = m_finish;
        }
        finish.request_stop(); // outside the lock: it calls back
    }

    void requestStop() noexcept override {
        if (!m_stop.request_stop())
            return;
        const std::lock_guard lock(m_stateMutex);
        if (m_state == JobState::queued || m_state == JobState::running)
            setState(JobState::stopping);
    }

    void send(const LiveRequest& request) noexcept override {
        try {
            m_requests->send(request);
        } catch (...) { // no memory for a request: it is not heard
        }
    }

private:
    void run() noexcept {
        {
            const std::lock_guard lock(m_stateMutex);
            if (m_state == JobState::queued)
                setState(JobState::running);
        }
        const Outcome outcome = m_stop.stop_requested() ? Outcome(Stopped()) : outcomeOf(m_work, m_spec, hooks());
        if (const auto* result = std::get_if<JobResult>(&outcome))
            m_ledger->setFiles(m_id, result->files);
        const std::lock_guard lock(m_stateMutex);
        setState(finalState(outcome));
        deliver(m_events.finished, outcome);
    }

    /// Under m_stateMutex: the order in which states are set is the order in which they are told.
    void setState(JobState state) noexcept {
        m_state = state;
        try {
            m_ledger->setState(m_id, state);
        } catch (...) {
        }
        deliver(m_events.state, state);
    }

    JobHooks hooks() {
        JobHooks hooks;
        hooks.task.stop = m_stop.get_token();
        hooks.task.onProgress = [this](const Progress& progress) { deliver(m_events.progress, progress); };
        hooks.task.onLog = [this](const LogLine& line) { deliver(m_events.log, line); };
        hooks.beginStage = [this] {
            const std::lock_guard lock(m_finishMutex);
            m_finish = std::stop_source();
            return m_finish.get_token();
        };
        hooks.requests = m_requests;
        hooks.wantSnapshot = m_events.wantSnapshot;
        if (m_events.snapshot)
            hooks.publish = [this](std::shared_ptr<const Snapshot> snapshot) { deliver(m_events.snapshot, snapshot); };
        return hooks;
    }

    const JobWork m_work;
    const JobSpec m_spec;
    const JobEvents m_events;
    const std::shared_ptr<Ledger> m_ledger;
    const std::shared_ptr<LiveRequests> m_requests = std::make_shared<LiveRequests>();
    const JobId m_id;

    std::stop_source m_stop;
    std::mutex m_finishMutex;
    std::stop_source m_finish;
    // Recursive: a listener of "running" may well ask to stop, and is then told "stopping" before its own call returns.
    std::recursive_mutex m_stateMutex;
    JobState m_state = JobState::queued;
    NamedThread m_thread; // last: it uses all of the above
};

LocalBackend::LocalBackend(Beside beside) : LocalBackend(runPipeline, checkJob) {
    m_beside = beside;
}

LocalBackend::LocalBackend(JobWork work, JobCheck check)
    : m_work(std::move(work)), m_check(std::move(check)), m_ledger(std::make_shared<Ledger>()) {}

LocalBackend::~LocalBackend() = default;

BackendInfo LocalBackend::info() const {
    return {"local", "This computer", activeThreadCount(), {}};
}

std::vector<Problem> LocalBackend::check(const JobSpec& spec) const {
    return m_check ? m_check(spec) : std::vector<Problem>{};
}

void LocalBackend::probe(const SettingValues&, ProbeEvents events) {
    deliver(events.step, fmt::format("{} cores; {}", activeThreadCount(), blasDescription()), std::optional<Error>());
    if (const std::string warning = blasWarning(); !warning.empty())
        deliver(events.step, std::string("linear algebra"), std::optional(Error(ErrorCode::unsupported, warning)));
    deliver(events.finished);
}

std::vector<JobRecord> LocalBackend::jobs() const {
    return m_ledger->records();
}

std::unique_ptr<Job> LocalBackend::submit(const JobSpec& spec, JobEvents events) {
    return std::make_unique<LocalJob>(m_work, spec, std::move(events), m_ledger, m_beside);
}

std::unique_ptr<Job> LocalBackend::attach(const JobId& id, JobEvents) {
    throw Error(
        ErrorCode::notFound,
        fmt::format("job {}: a job on this computer ends with the program that runs it; start it again with the same "
                    "output and --resume",
                    id));
}

Artifact LocalBackend::fetch(const JobId& id, ArtifactKind kind) {
    if (kind != ArtifactKind::result)
        throw Error(ErrorCode::unsupported, fmt::format("job {}: a job on this computer has no {} file", id,
                                                        kind == ArtifactKind::log ? "log" : "script"));
    const auto files = m_ledger->files(id);
    if (!files)
        throw Error(ErrorCode::notFound, fmt::format("job {}: no such job on this computer", id));
    if (files->empty())
        throw Error(ErrorCode::notFound, fmt::format("job {}: it has written no result", id));
    return {files->back()};
}

} // namespace fxs
