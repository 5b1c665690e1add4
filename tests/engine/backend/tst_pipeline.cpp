#include "engine/backend/local_backend.h"
#include "engine/backend/pipeline.h"
#include "engine/core/parallel.h"
#include "engine/io/coefficients_file.h"
#include "engine/io/correlation_file.h"
#include "engine/io/density_file.h"
#include "engine/io/polar_run.h"
#include "engine/simulate/simulator.h"
#include "tests/engine/backend/backend_contract.h"
#include "tests/engine/same_bits.h"
#include "tests/engine/simulate/small_particle.h"

#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <cstring>

using namespace fxs;
using namespace fxs::test;

namespace {} // namespace

/// The whole chain behind Backend, on a particle so small that it takes a second.
class TestPipeline : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    static constexpr int kImages = 1500;

    std::string place(const char* name) const { return m_dir.filePath(name).toStdString(); }

    void writeRun(const std::string& path, int images) const {
        SimulationSettings settings;
        settings.images = images;
        settings.qMax = 0.3;
        settings.qBins = 24;
        settings.phiBins = 48;
        const auto run = makeSimulatedRun(settings, smallParticle(), {});
        PolarRunHeader header;
        header.grid = *run->info().polarGrid;
        header.experiment = run->info().experiment;
        PolarRunWriter writer(path, std::move(header));
        writer.append(run->readPolar(0, static_cast<std::size_t>(images), {}));
        writer.finish();
    }

    JobSpec spec(Stage first, Stage last, const char* folder) const {
        JobSpec spec;
        spec.name = "test";
        spec.inputs = {place("run.h5")};
        spec.outputFolder = place(folder);
        spec.first = first;
        spec.last = last;
        spec.settings["filter"]["diameter"] = 55.0;
        spec.settings["reconstruct"]["restarts"] = std::int64_t{2};
        spec.settings["reconstruct"]["recipe"] = std::string("basic");
        spec.snapshotPeriodSeconds = 0;
        return spec;
    }

    /// The outcome of a job that is left alone.
    static Outcome outcomeOf(const JobSpec& spec) {
        LocalBackend backend;
        EventRecorder record;
        const auto job = backend.submit(spec, record.events());
        return record.waitFinished(60) ? record.outcomes().front()
                                       : Outcome(Error(ErrorCode::internal, "it does not end"));
    }

    static std::string failure(const Outcome& outcome) {
        const auto* error = std::get_if<Error>(&outcome);
        return error ? error->message() : std::string();
    }

    /// Runs the phasing on the chain's coefficients and does something to it at its first snapshot.
    template <class Act>
    Outcome phasingDisturbedBy(const JobSpec& job, Act act) const {
        LocalBackend backend;
        EventRecorder record;
        JobEvents events = record.events();
        std::atomic<Job*> running{nullptr};
        events.snapshot = [&](std::shared_ptr<const Snapshot> s) {
            if (!s->phasing)
                return;
            while (!running)
                std::this_thread::yield();
            act(*running.load());
        };
        const auto owned = backend.submit(job, events);
        running = owned.get();
        return record.waitFinished(60) ? record.outcomes().front()
                                       : Outcome(Error(ErrorCode::internal, "it does not end"));
    }

    JobSpec phasingSpec(const char* folder) const {
        JobSpec job = spec(Stage::reconstruct, Stage::reconstruct, folder);
        job.inputs = {place("chain/COEFFICIENTS.h5")};
        job.settings["reconstruct"]["restarts"] = std::int64_t{4};
        return job;
    }

private Q_SLOTS:
    void initTestCase() { writeRun(place("run.h5"), kImages); }

    void theChainWritesEveryStage() {
        EventRecorder record;
        LocalBackend backend;
        std::mutex mutex;
        bool liveCorrelation = false, liveCoefficients = false, phasing = false;
        JobEvents events = record.events();
        events.snapshot = [&, note = events.snapshot](std::shared_ptr<const Snapshot> s) {
            note(s);
            const std::lock_guard lock(mutex);
            liveCorrelation |= s->correlation && s->correlation->sums->frameCount() < kImages;
            liveCoefficients |= s->coefficients && s->coefficients->frames < kImages;
            phasing |= s->phasing != nullptr;
        };
        const JobSpec job = spec(Stage::correlate, Stage::reconstruct, "chain");
        QVERIFY(backend.check(job).empty());
        const auto running = backend.submit(job, events);
        QVERIFY(record.waitFinished(60));
        const Outcome outcome = record.outcomes().front();
        QVERIFY2(std::holds_alternative<JobResult>(outcome), failure(outcome).c_str());
        const auto& result = std::get<JobResult>(outcome);
        QCOMPARE(result.files.size(), std::size_t(3));
        QCOMPARE(result.seconds.size(), std::size_t(3));
        QVERIFY(!record.progressFell());
        QVERIFY(liveCorrelation);
        QVERIFY(phasing);
        QVERIFY(sameBits(readCorrelation(place("chain/CORRELATION.h5")), *result.last.correlation->sums));
        QVERIFY(sameBits(readCoefficients(place("chain/COEFFICIENTS.h5")).all.bl, result.last.coefficients->all.bl));
        QVERIFY(sameBits(readDensity(place("chain/DENSITY.h5")).map.values, result.last.density->map.values));
        QCOMPARE(backend.fetch(running->id(), ArtifactKind::result).path, place("chain/DENSITY.h5"));
        const Provenance provenance = readProvenanceOf(place("chain/DENSITY.h5"));
        QVERIFY(provenance.command.find("fxs analyse") == 0);
        QVERIFY(provenance.settings.find("diameter = 55") != std::string::npos);
        QCOMPARE(provenance.inputs.size(), std::size_t(1));
    }

    void stagesOneByOneAreTheChain() {
        JobSpec job = spec(Stage::filter, Stage::filter, "steps");
        job.inputs = {place("chain/CORRELATION.h5")};
        QCOMPARE(failure(outcomeOf(job)), std::string());
        QVERIFY(sameBits(readCoefficients(place("steps/COEFFICIENTS.h5")).all.bl,
                         readCoefficients(place("chain/COEFFICIENTS.h5")).all.bl));
        job = spec(Stage::reconstruct, Stage::reconstruct, "steps");
        job.inputs = {place("steps/COEFFICIENTS.h5")};
        QCOMPARE(failure(outcomeOf(job)), std::string());
        QVERIFY(sameBits(readDensity(place("steps/DENSITY.h5")).map.values,
                         readDensity(place("chain/DENSITY.h5")).map.values));
    }

    /// Stopped after some batches and resumed, twice: the same bits as without.
    void aStoppedCorrelationResumesWithTheSameBits() {
        JobSpec job = spec(Stage::correlate, Stage::correlate, "resumed");
        job.settings["correlate"]["batch"] = std::int64_t{32};
        int stops = 0;
        for (int attempt = 0; attempt < 3; ++attempt) {
            LocalBackend backend;
            EventRecorder record;
            JobEvents events = record.events();
            std::atomic<Job*> running{nullptr};
            std::atomic<int> batches{0};
            events.snapshot = [&](std::shared_ptr<const Snapshot>) {
                if (++batches == 2 && attempt < 2)
                    while (!running)
                        std::this_thread::yield();
                if (batches == 2 && attempt < 2)
                    running.load()->requestStop();
            };
            const auto owned = backend.submit(job, events);
            running = owned.get();
            QVERIFY(record.waitFinished(60));
            const Outcome outcome = record.outcomes().front();
            QCOMPARE(failure(outcome), std::string());
            stops += std::holds_alternative<Stopped>(outcome);
            QVERIFY(QFile::exists(QString::fromStdString(place("resumed/CORRELATION.h5"))));
            job.resume = true;
        }
        QVERIFY(stops >= 1);
        JobSpec whole = spec(Stage::correlate, Stage::correlate, "whole");
        whole.settings["correlate"]["batch"] = std::int64_t{32};
        QCOMPARE(failure(outcomeOf(whole)), std::string());
        QVERIFY(
            sameBits(readCorrelation(place("resumed/CORRELATION.h5")), readCorrelation(place("whole/CORRELATION.h5"))));
    }

    void finishEndsTheStageAndTheNextRunsOnWhatThereIs() {
        JobSpec job = spec(Stage::correlate, Stage::filter, "finished");
        job.settings["correlate"]["batch"] = std::int64_t{32};
        LocalBackend backend;
        EventRecorder record;
        JobEvents events = record.events();
        std::atomic<Job*> running{nullptr};
        events.snapshot = [&](std::shared_ptr<const Snapshot>) {
            while (!running)
                std::this_thread::yield();
            running.load()->requestFinish();
        };
        const auto owned = backend.submit(job, events);
        running = owned.get();
        QVERIFY(record.waitFinished(60));
        const Outcome outcome = record.outcomes().front();
        QCOMPARE(failure(outcome), std::string());
        const auto& result = std::get<JobResult>(outcome);
        QVERIFY(result.last.coefficients != nullptr);
        QVERIFY(result.last.correlation->sums->frameCount() > 0);
    }

    void finishKeepsThePhasingsBestResult() {
        const Outcome outcome =
            phasingDisturbedBy(phasingSpec("finished-phasing"), [](Job& job) { job.requestFinish(); });
        QCOMPARE(failure(outcome), std::string());
        const auto* result = std::get_if<JobResult>(&outcome);
        QVERIFY(result);
        QVERIFY(result->last.density && result->last.density->finishedEarly);
        const Reconstruction written = readDensity(place("finished-phasing/DENSITY.h5"));
        QVERIFY(written.finishedEarly);
        QVERIFY(!written.restarts.empty());
        QVERIFY(sameBits(written.map.values, result->last.density->map.values));
    }

    void stopKeepsWhatThePhasingCanGoOnWith() {
        JobSpec job = phasingSpec("stopped-phasing");
        const Outcome stopped = phasingDisturbedBy(job, [](Job& running) { running.requestStop(); });
        QCOMPARE(failure(stopped), std::string());
        QVERIFY(std::holds_alternative<Stopped>(stopped));
        QVERIFY(!QFile::exists(QString::fromStdString(place("stopped-phasing/DENSITY.h5"))));
        job.resume = true;
        QCOMPARE(failure(outcomeOf(job)), std::string());
        QCOMPARE(failure(outcomeOf(phasingSpec("whole-phasing"))), std::string());
        QVERIFY(sameBits(readDensity(place("stopped-phasing/DENSITY.h5")).map.values,
                         readDensity(place("whole-phasing/DENSITY.h5")).map.values));
    }

    void aJobIsStoppedOrDestroyedAtAnyTime() {
        for (int i = 0; i < 12; ++i) {
            JobSpec job = spec(Stage::correlate, Stage::reconstruct, "any");
            job.overwrite = true;
            LocalBackend backend;
            EventRecorder record;
            auto running = backend.submit(job, record.events());
            std::this_thread::sleep_for(std::chrono::milliseconds(8 * i));
            if (i % 2)
                running->requestStop();
            running.reset();
            QCOMPARE(record.outcomes().size(), std::size_t(1));
            verifyStates(record.states());
            QCOMPARE(failure(record.outcomes().front()), std::string());
        }
    }

    void withoutAFolderNothingIsWritten() {
        JobSpec job = spec(Stage::correlate, Stage::filter, "none");
        job.outputFolder.clear();
        const Outcome outcome = outcomeOf(job);
        QCOMPARE(failure(outcome), std::string());
        QVERIFY(std::get<JobResult>(outcome).files.empty());
        QVERIFY(std::get<JobResult>(outcome).last.coefficients != nullptr);
        QVERIFY(!QFile::exists(QString::fromStdString(place("none"))));
    }

    void everyProblemIsFoundBeforeTheStart() {
        JobSpec job = spec(Stage::correlate, Stage::reconstruct, "chain");
        job.inputs = {place("absent.h5")};
        job.settings["correlate"]["parity"] = std::string("odd");
        job.settings["filter"]["diameter"] = -3.0;
        job.settings["fliter"]["x"] = true;
        job.settings["reconstruct"]["resarts"] = std::int64_t{2};
        const auto problems = checkJob(job);
        std::string all;
        for (const Problem& p : problems)
            all += p.message + "\n";
        for (const char* part : {"absent.h5", "parity", "diameter", "fliter", "resarts", "CORRELATION.h5"})
            QVERIFY2(all.find(part) != std::string::npos, (std::string(part) + " in " + all).c_str());
        QVERIFY(!failure(outcomeOf(job)).empty());
    }

    void aRunThatBreaksOffKeepsItsWholeBatches() {
        // A second file of another shape: frames of the first are summed before it is met, or it is refused at once.
        SimulationSettings settings;
        settings.images = 4;
        settings.qBins = 5;
        settings.phiBins = 16;
        const auto run = makeSimulatedRun(settings, smallParticle(), {});
        PolarRunHeader header;
        header.grid = *run->info().polarGrid;
        PolarRunWriter writer(place("other.h5"), std::move(header));
        writer.append(run->readPolar(0, 4, {}));
        writer.finish();
        JobSpec job = spec(Stage::correlate, Stage::correlate, "broken");
        job.inputs.push_back(place("other.h5"));
        const std::string message = failure(outcomeOf(job));
        QVERIFY2(message.find("other.h5") != std::string::npos, message.c_str());
    }

    void aFileOfAnotherKindIsNamed() {
        JobSpec job = spec(Stage::filter, Stage::filter, "kind");
        job.inputs = {place("chain/DENSITY.h5")};
        const std::string message = failure(outcomeOf(job));
        QVERIFY2(message.find("DENSITY.h5") != std::string::npos && message.find("correlation") != std::string::npos,
                 message.c_str());
    }
};

QTEST_GUILESS_MAIN(TestPipeline)
#include "tst_pipeline.moc"
