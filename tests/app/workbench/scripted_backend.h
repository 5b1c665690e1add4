#pragma once

#include "tests/widgets/synthetic_results.h"

#include "engine/backend/backend.h"
#include "engine/core/thread.h"

#include <atomic>
#include <condition_variable>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace fxs::test {

/// A cluster as far as a window can tell: its jobs go on whoever looks at them, and a test says what happens to them. Several backends
/// (programs, windows) may look at the same one.
/// Threads: any.
class ScriptedCluster {
public:
    /// What one job is doing; a test changes it by tell().
    struct JobScript {
        JobSpec spec;
        JobState state = JobState::queued;
        Progress progress;
        bool publishes = false; ///< makes snapshots
        bool stopAsked = false, finishAsked = false;
        std::vector<LogLine> log;
        std::optional<Outcome> outcome;
        int version = 0; ///< raised by each change
    };

    template <class Change>
    void tell(const std::string& id, Change change) {
        {
            const std::lock_guard lock(m_mutex);
            JobScript& job = m_jobs.at(id);
            change(job);
            ++job.version;
        }
        m_changed.notify_all();
    }
    JobScript job(const std::string& id) const {
        const std::lock_guard lock(m_mutex);
        return m_jobs.at(id);
    }
    std::string add(const JobSpec& spec) {
        const std::lock_guard lock(m_mutex);
        const std::string id = std::to_string(1000 + m_jobs.size());
        m_jobs[id].spec = spec;
        return id;
    }
    bool has(const std::string& id) const {
        const std::lock_guard lock(m_mutex);
        return m_jobs.contains(id);
    }
    std::size_t size() const {
        const std::lock_guard lock(m_mutex);
        return m_jobs.size();
    }
    /// The next change of a job that is newer than version; nullopt when the time is over.
    std::optional<JobScript> wait(const std::string& id, int version, std::stop_token stop) {
        std::unique_lock lock(m_mutex);
        m_changed.wait_for(lock, stop, std::chrono::milliseconds(5), [&] { return m_jobs.at(id).version > version; });
        const JobScript& job = m_jobs.at(id);
        return job.version > version ? std::optional(job) : std::nullopt;
    }

    std::atomic<bool> refuses{false}; ///< submit() and attach() throw
    std::atomic<int> attached{0}, detached{0};

private:
    mutable std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::map<std::string, JobScript> m_jobs;
};

/// Follows one job of a cluster until it is over or let go.
class ScriptedJob : public Job {
public:
    ScriptedJob(std::shared_ptr<ScriptedCluster> cluster, std::string id, JobEvents events)
        : m_cluster(std::move(cluster)), m_id(std::move(id)) {
        ++m_cluster->attached;
        m_thread = NamedThread("scripted", [cluster = m_cluster, id = m_id, events](std::stop_token stop) {
            Snapshot live;
            live.correlation = test::correlation();
            int version = -1;
            JobState state = JobState::unknown;
            bool publishes = false, first = true;
            std::size_t lines = 0;
            while (!stop.stop_requested()) {
                if (publishes && events.wantSnapshot())
                    events.snapshot(std::make_shared<const Snapshot>(live));
                const auto job = cluster->wait(id, version, stop);
                if (!job)
                    continue;
                version = job->version;
                publishes = job->publishes;
                if (first || job->state != state)
                    events.state(state = job->state);
                first = false;
                for (; lines < job->log.size(); ++lines)
                    events.log(job->log[lines]);
                if (job->progress.fraction > 0)
                    events.progress(job->progress);
                if (job->outcome)
                    return events.finished(*job->outcome);
            }
        });
    }
    ~ScriptedJob() override {
        m_thread.requestStop();
        m_thread.join();
        ++m_cluster->detached;
    }
    JobId id() const override { return m_id; }
    void requestFinish() noexcept override {
        m_cluster->tell(m_id, [](auto& job) { job.finishAsked = true; });
    }
    void requestStop() noexcept override {
        m_cluster->tell(m_id, [](auto& job) {
            job.stopAsked = true;
            job.state = JobState::stopped;
            job.outcome = Stopped();
        });
    }

private:
    std::shared_ptr<ScriptedCluster> m_cluster;
    std::string m_id;
    NamedThread m_thread;
};

/// A backend that looks at a ScriptedCluster.
class ScriptedBackend : public Backend {
public:
    explicit ScriptedBackend(std::shared_ptr<ScriptedCluster> cluster, std::string id = "scripted",
                             std::string name = "A test cluster")
        : m_cluster(std::move(cluster)), m_backendId(std::move(id)), m_name(std::move(name)) {}

    std::string artifactFile; ///< what fetch() gives; empty: it fails
    std::vector<std::pair<std::string, std::optional<Error>>> probeSteps;

    BackendInfo info() const override {
        BackendInfo info;
        info.id = m_backendId;
        info.name = m_name;
        return info;
    }
    std::vector<Problem> check(const JobSpec&) const override { return {}; }
    void probe(const SettingValues&, ProbeEvents events) override {
        for (const auto& [step, problem] : probeSteps)
            events.step(step, problem);
        events.finished();
    }
    std::vector<JobRecord> jobs() const override { return {}; }
    std::unique_ptr<Job> submit(const JobSpec& spec, JobEvents events) override {
        if (m_cluster->refuses)
            throw Error(ErrorCode::io, "the login node cannot be reached");
        return std::make_unique<ScriptedJob>(m_cluster, m_cluster->add(spec), std::move(events));
    }
    std::unique_ptr<Job> attach(const JobId& id, JobEvents events) override {
        if (m_cluster->refuses)
            throw Error(ErrorCode::io, "the login node cannot be reached");
        if (!m_cluster->has(id))
            throw Error(ErrorCode::notFound, "no job " + id);
        return std::make_unique<ScriptedJob>(m_cluster, id, std::move(events));
    }
    Artifact fetch(const JobId&, ArtifactKind) override {
        if (artifactFile.empty())
            throw Error(ErrorCode::notFound, "the job has written nothing yet");
        return {artifactFile};
    }

private:
    std::shared_ptr<ScriptedCluster> m_cluster;
    std::string m_backendId, m_name;
};

} // namespace fxs::test
