#include "plugins/slurm/worker/worker.h"

#include "engine/backend/checkpoint_folder.h"
#include "engine/backend/job_folder.h"
#include "engine/backend/job_spec_file.h"
#include "engine/backend/pipeline.h"
#include "engine/core/bytes.h"
#include "engine/core/parallel.h"
#include "engine/core/whole_file.h"
#include "engine/io/atomic_output.h"
#include "plugins/slurm/worker/job_reporter.h"
#include "plugins/slurm/worker/mpi_team.h"
#include "plugins/slurm/worker/worker_signals.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <thread>

namespace fxs::worker {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Whose turn it is in a folder: the newest worker's. A job that was requeued may have an old step that still lives.
class Turn {
public:
    void take() {
        std::random_device random;
        m_token = fmt::format("{:08x}{:08x}{:08x}{:08x}\n", random(), random(), random(), random());
        writeTextFile(job_folder::kOwner, m_token, {.force = true});
    }
    bool isLost() const {
        if (m_token.empty())
            return false;
        try {
            return readWholeFile(job_folder::kOwner) != m_token;
        } catch (const Error&) {
            return false; // a file system that hiccups; another worker would have left its token there
        }
    }

private:
    std::string m_token;
};

std::string packed(const Progress& p) {
    ByteWriter out;
    out.put(p.stage);
    out.put(p.fraction);
    out.put(p.done);
    out.put(p.total);
    out.put(p.ratePerSecond);
    out.put(p.unit);
    return std::move(out).take();
}

Progress progressFrom(const std::string& bytes) {
    ByteReader in(bytes);
    Progress p;
    in.take(p.stage);
    in.take(p.fraction);
    in.take(p.done);
    in.take(p.total);
    in.take(p.ratePerSecond);
    in.take(p.unit);
    return p;
}

/// One rank's way through a job.
class Worker {
public:
    Worker(const Options& options, int& argc, char**& argv) : m_options(options), m_team(argc, argv) {}

    int run() {
        const int nodes = m_team.countNodes();
        m_team.listen({[this](int rank, Word word, const std::string& bytes) { onWord(rank, word, bytes); },
                       [this] { onTick(); }});
        std::optional<Error> problem;
        bool wasStopped = false;
        try {
            work(nodes);
        } catch (const Stopped&) {
            wasStopped = true;
        } catch (const Error& error) {
            problem = error;
        } catch (const std::bad_alloc&) {
            problem = Error(ErrorCode::io, "out of memory");
        } catch (const std::exception& error) {
            problem = Error(ErrorCode::internal, error.what());
        }
        if (problem)
            fail(*problem);
        if (wasStopped && m_reporter)
            m_reporter->stopped();
        m_team.end();
        return wasStopped && m_team.isRoot() ? kStopped : kDone;
    }

private:
    void work(int nodes) {
        withContext("the job's folder " + m_options.folder, [&] { fs::current_path(m_options.folder); });
        JobSpec spec = readJobSpec(job_folder::kSpec);
        if (spec.outputFolder.empty())
            spec.outputFolder = job_folder::kResults;
        // The folder is the worker's own: it goes on with what is there, and writes over it.
        spec.resume = spec.overwrite = true;
        const ThreadLimit limit(m_options.threads);
        if (m_team.isRoot())
            begin(spec, nodes);
        const JobResult result = runPipeline(spec, hooks());
        if (m_reporter)
            m_reporter->done(result);
    }

    void begin(const JobSpec& spec, int nodes) {
        m_turn.take();
        std::error_code ignored;
        fs::remove(job_folder::kStop, ignored);
        fs::remove(job_folder::kFinish, ignored);
        auto reporter = std::make_unique<JobReporter>(
            m_team.size(), nodes, keptFrames(outputPath(spec, Stage::correlate)), spec.snapshotPeriodSeconds);
        reporter->state(JobState::running);
        const std::lock_guard lock(m_mutex);
        m_reporter = std::move(reporter);
    }

    JobHooks hooks() {
        JobHooks hooks;
        hooks.task.stop = m_stop.get_token();
        hooks.task.onProgress = [this](const Progress& p) { m_team.send(0, Word::progress, packed(p)); };
        hooks.task.onLog = [this](const LogLine& line) {
            m_team.send(0, Word::log, std::string(1, static_cast<char>(line.level)) + line.text);
        };
        hooks.beginStage = [this] {
            const std::lock_guard lock(m_mutex);
            return m_finish[++m_stage].get_token();
        };
        if (m_team.isRoot()) {
            hooks.wantSnapshot = [this] { return m_reporter->isSnapshotDue(); };
            hooks.publish = [this](std::shared_ptr<const Snapshot> snapshot) { m_reporter->snapshot(*snapshot); };
        }
        hooks.team = m_team.size() > 1 ? &m_team : nullptr;
        return hooks;
    }

    /// Says what has happened and ends all ranks.
    [[noreturn]] void fail(const Error& error) {
        std::fprintf(stderr, "fxs-worker: rank %d: %s\n", m_team.rank(), error.what());
        m_team.leave(error.message());
        if (m_reporter) {
            m_reporter->failed(error);
        } else if (m_team.rank() > 0) {
            // The root tells the folder, and ends us; should it not, we end it.
            std::this_thread::sleep_for(std::chrono::seconds(600));
        }
        m_team.abort(kFailed);
    }

    void stop() {
        if (m_stop.request_stop() && reporter())
            reporter()->state(JobState::stopping);
    }

    /// Null: not the root, or the folder is not ours yet.
    JobReporter* reporter() {
        const std::lock_guard lock(m_mutex);
        return m_reporter.get();
    }

    /// stage: counted from 1, as all ranks come to them.
    void finish(int stage) {
        std::stop_source source;
        {
            const std::lock_guard lock(m_mutex);
            source = m_finish[stage];
        }
        source.request_stop();
    }

    void onWord(int rank, Word word, const std::string& bytes) {
        switch (word) {
        case Word::stop:
            stop();
            if (m_team.isRoot())
                m_team.tell(Word::stop, {});
            break;
        case Word::finish:
            if (m_team.isRoot())
                askToFinish();
            else if (!bytes.empty())
                finish(bytes[0]);
            break;
        case Word::progress:
            if (reporter())
                reporter()->progress(rank, progressFrom(bytes));
            break;
        case Word::log:
            if (reporter() && !bytes.empty())
                reporter()->log(rank, {static_cast<LogLevel>(bytes[0]), bytes.substr(1)});
            break;
        }
    }

    void askToFinish() {
        int stage = 0;
        {
            const std::lock_guard lock(m_mutex);
            stage = std::max(1, m_stage);
        }
        finish(stage);
        m_team.tell(Word::finish, std::string(1, static_cast<char>(stage)));
    }

    void onTick() {
        if (takeStopSignal())
            m_team.send(0, Word::stop, {});
        if (takeFinishSignal())
            m_team.send(0, Word::finish, {});
        if (!m_team.isRoot() || Clock::now() - m_lastLook < std::chrono::milliseconds(500))
            return;
        m_lastLook = Clock::now();
        if (!reporter())
            return;
        std::error_code error;
        if (fs::exists(job_folder::kStop, error) && !m_stop.stop_requested())
            m_team.send(0, Word::stop, {});
        if (fs::remove(job_folder::kFinish, error))
            m_team.send(0, Word::finish, {});
        if (m_turn.isLost()) {
            std::fputs("fxs-worker: another worker has taken this job over; this one ends\n", stderr);
            m_team.abort(kFailed);
        }
    }

    const Options& m_options;
    Turn m_turn;
    std::mutex m_mutex;                       ///< guards what follows
    std::unique_ptr<JobReporter> m_reporter;  ///< at the root, once the folder is ours
    std::map<int, std::stop_source> m_finish; ///< by stage
    int m_stage = 0;
    std::stop_source m_stop;
    Clock::time_point m_lastLook{};
    MpiTeam m_team; ///< last: its thread ends before what it uses goes
};

} // namespace

int runWorker(const Options& options, int& argc, char**& argv) {
    Worker worker(options, argc, argv);
    return worker.run();
}

} // namespace fxs::worker
