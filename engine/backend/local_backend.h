#pragma once

#include "engine/backend/backend.h"
#include "engine/backend/job_hooks.h"

#include <memory>
#include <vector>

namespace fxs {

/// Runs jobs on this computer: one named thread a job drives the pipeline, oneTBB does the work.
/// Owns:    the records of the jobs submitted here; each Job owns its thread. A Job may outlive the backend.
/// Threads: every member from any thread. JobEvents come from the submitting thread (queued), the job's thread, the
/// threads
///          that it uses, and the thread that calls requestStop() (stopping); state() and finished() never overlap one
///          another. A Job must not be destroyed by one of its own events.
/// Errors:  submit() never throws for what is wrong with the work: that is the job's Outcome. attach() throws
/// Error(notFound):
///          a local job ends with the program that runs it. fetch() throws Error(notFound, unsupported).
/// Cost:    destroying a running Job stops it and waits until it has noticed (about 100 ms) and saved what can be
/// resumed.
class LocalBackend : public Backend {
public:
    /// Beside a window, jobs give way to it (GiveWay); alone they do not.
    enum class Beside { nothing, window };

    /// The pipeline of this program.
    explicit LocalBackend(Beside beside = Beside::nothing);
    /// Other work under the same contract (tests, other pipelines).
    LocalBackend(JobWork work, JobCheck check);
    ~LocalBackend() override;

    BackendInfo info() const override;
    std::vector<Problem> check(const JobSpec& spec) const override;
    void probe(const SettingValues& options, ProbeEvents events) override;
    std::vector<JobRecord> jobs() const override;
    std::unique_ptr<Job> submit(const JobSpec& spec, JobEvents events) override;
    std::unique_ptr<Job> attach(const JobId& id, JobEvents events) override;
    Artifact fetch(const JobId& id, ArtifactKind kind) override;

private:
    class Ledger;
    class LocalJob;

    JobWork m_work;
    JobCheck m_check;
    Beside m_beside = Beside::nothing;
    std::shared_ptr<Ledger> m_ledger;
};

} // namespace fxs
