#pragma once

#include "engine/core/settings.h"
#include "engine/core/task.h"
#include "engine/live/live_request.h"
#include "engine/model/coefficients.h"
#include "engine/model/correlation.h"
#include "engine/model/density.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace fxs {

struct Snapshot;
struct LiveSnapshot; // engine/live/live_snapshot.h

/// A stage of the chain, in order.
enum class Stage { correlate, filter, reconstruct };
const char* stageName(Stage stage); ///< "Correlation", "Coefficients", "Density"

/// All a job needs, as data: it can be written to a file, sent to a cluster, shown as a command. Settings are by
/// section
/// ("input", "polar", "correlate", "filter", "reconstruct"), each described by its struct's description().
struct JobSpec {
    std::string name; ///< for people
    std::vector<std::string>
        inputs; ///< the run's files; or one CORRELATION / COEFFICIENTS file for a later first stage
    std::string
        outputFolder; ///< CORRELATION.h5, COEFFICIENTS.h5, DENSITY.h5 are written here; empty: kept in memory only
    std::string outputFile; ///< the last stage's file where it is not to be the one in outputFolder
    Stage first = Stage::correlate;
    Stage last = Stage::reconstruct;
    std::map<std::string, SettingValues> settings;
    double snapshotPeriodSeconds = 1.0;
    double checkpointPeriodSeconds = 60; ///< how often a growing correlation is kept against a sudden end
    bool overwrite = false;
    bool resume = false;
    /// Results of earlier stages that are in memory, in place of an input file: the correlation for a first stage filter, the
    /// coefficients for reconstruct. A density in it is what the first restart of the phasing begins with. This computer only; no
    /// file of the job holds it.
    std::shared_ptr<const Snapshot> given;
};

enum class JobState { queued, running, stopping, done, failed, stopped, unknown };
const char* jobStateName(JobState state);
using JobId = std::string;

struct BrowsedFrame; // engine/backend/frame_browser.h

/// What a running job publishes: each pointer is set where that stage has something new, else null.
struct Snapshot {
    std::shared_ptr<const CorrelationSnapshot> correlation;
    std::vector<LabelledCorrelation> labelled; ///< where frames are grouped: one a label; correlation is their sum
    std::shared_ptr<const FilterResult> coefficients;
    std::shared_ptr<const PhasingSnapshot> phasing;
    std::shared_ptr<const Reconstruction> density;
    std::shared_ptr<const BrowsedFrame> frame; ///< of a run that still arrives: one of the newest, as it came
    std::shared_ptr<const LiveSnapshot> live; ///< of a live run: its accumulations, rates, forecast, alarms
};

/// The value of a job that ended well.
struct JobResult {
    Snapshot last;                                 ///< the final state of every stage that ran
    std::vector<std::string> files;                ///< written
    std::vector<std::pair<Stage, double>> seconds; ///< how long each stage took
};
/// Exactly one of the three endings.
using Outcome = std::variant<JobResult, Error, Stopped>;

struct JobEvents {                                 ///< called from any thread; return at once; noexcept
    std::function<void(JobState)> state;           ///< queued, running, stopping, then exactly one final state
    std::function<void(const Progress&)> progress; ///< stage, fraction, frames, rate
    std::function<bool()> wantSnapshot;            ///< false: the last one has not been taken yet
    std::function<void(std::shared_ptr<const Snapshot>)> snapshot;
    std::function<void(const LogLine&)> log;
    std::function<void(const Outcome&)> finished; ///< exactly once, last
};

/// A running job. Destroying one detaches a remote job and stops a local one (and waits for it, at most about 100 ms).
class Job {
public:
    virtual ~Job() = default;
    virtual JobId id() const = 0;              ///< survives a restart of the program
    virtual void requestFinish() noexcept = 0; ///< "Finish now": end early with the best result so far
    virtual void requestStop() noexcept = 0;   ///< keep what can be resumed; idempotent, never waits
    /// Asks something of a live run; other jobs take no notice. Never waits.
    virtual void send(const LiveRequest&) noexcept {}
};

struct BackendInfo {
    std::string id;   ///< "local"
    std::string name; ///< "This computer"
    int threads = 0;
    std::vector<SettingInfo> options; ///< a profile's form is drawn from them
};

struct JobRecord {
    JobId id;
    std::string name;
    JobState state = JobState::unknown;
    std::string where;
};

enum class ArtifactKind { log, script, result };
struct Artifact {
    std::string path; ///< a local file
};

struct ProbeEvents {
    std::function<void(std::string step, std::optional<Error> problem)> step;
    std::function<void()> finished;
};

/// Where work is done: this computer, or a cluster (a plugin). Neither the window nor the command line can tell which.
class Backend {
public:
    virtual ~Backend() = default;
    virtual BackendInfo info() const = 0;
    virtual std::vector<Problem> check(const JobSpec&) const = 0;      ///< every problem, nothing started
    virtual void probe(const SettingValues& options, ProbeEvents) = 0; ///< "Test connection": step by step
    virtual std::vector<JobRecord> jobs() const = 0;
    virtual std::unique_ptr<Job> submit(const JobSpec&, JobEvents) = 0;
    virtual std::unique_ptr<Job> attach(const JobId&, JobEvents) = 0; ///< after a restart of the program
    virtual Artifact fetch(const JobId&, ArtifactKind) = 0;
};

} // namespace fxs
