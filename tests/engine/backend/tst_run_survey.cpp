#include "engine/backend/run_survey.h"

#include "engine/core/parallel.h"

#include <QTest>

#include <atomic>
#include <cmath>
#include <mutex>
#include <thread>

using namespace fxs;

namespace {

constexpr std::size_t kPanels = 2, kSlow = 30, kFast = 40, kPixels = kPanels * kSlow * kFast;

float valueOf(std::uint64_t frame, std::size_t pixel) {
    // Blanks of 1 ... 3, and a hit in every seventh frame.
    const auto noise = static_cast<float>((frame * 31 + pixel * 17) % 97) / 48.0F + 1;
    return frame % 7 == 3 && pixel % 11 == 0 ? 200 + noise : noise;
}
bool isValid(std::uint64_t frame, std::size_t pixel) {
    return (frame + pixel) % 13 != 0;
}

/// Frames by formula, with a fixed mask (pixel 5) and masks of their own.
class FormulaRun : public RunSource {
public:
    explicit FormulaRun(std::uint64_t frames, std::uint64_t reallyThere = 1'000'000'000) : m_there(reallyThere) {
        m_info.files = {"formula.h5"};
        m_info.frameCount = frames;
        m_info.panels = kPanels;
        m_info.slow = kSlow;
        m_info.fast = kFast;
        m_info.frameMask = Array<std::uint8_t, 3>({kPanels, kSlow, kFast});
        for (std::size_t i = 0; i < kPixels; ++i)
            m_info.frameMask.data()[i] = i != 5;
    }
    const RunInfo& info() const override { return m_info; }
    PolarBatch readPolar(std::uint64_t, std::size_t, const TaskContext&) override { return {}; }
    FrameBatch readFrames(std::uint64_t first, std::size_t count, const TaskContext& task) override {
        while (s_shut) {
            task.checkpoint();
            std::this_thread::yield();
        }
        ++s_reads;
        count = static_cast<std::size_t>(std::min<std::uint64_t>(count, first < m_there ? m_there - first : 0));
        FrameBatch batch;
        batch.firstIndex = first;
        batch.data = Array<float, 4>({count, kPanels, kSlow, kFast});
        batch.mask = Array<std::uint8_t, 4>({count, kPanels, kSlow, kFast});
        for (std::size_t i = 0; i < count * kPixels; ++i) {
            batch.data.data()[i] = valueOf(first + i / kPixels, i % kPixels);
            batch.mask.data()[i] = isValid(first + i / kPixels, i % kPixels);
        }
        if (first <= s_bad && s_bad < first + count)
            throw Error(ErrorCode::badInput, "reading formula.h5: frame cannot be read");
        return batch;
    }
    static std::atomic<bool> s_shut;
    static std::atomic<int> s_reads;
    static std::atomic<std::uint64_t> s_bad;

private:
    RunInfo m_info;
    std::uint64_t m_there;
};
std::atomic<bool> FormulaRun::s_shut{false};
std::atomic<int> FormulaRun::s_reads{0};
std::atomic<std::uint64_t> FormulaRun::s_bad{~std::uint64_t(0)};

struct Seen {
    std::mutex mutex;
    std::shared_ptr<const HitScores> scores;
    std::shared_ptr<const RangeStatistics> sums;
    std::vector<std::string> errors;
    std::vector<std::size_t> scoreCounts;

    RunSurveyEvents events() {
        RunSurveyEvents e;
        e.scores = [this](std::shared_ptr<const HitScores> s) {
            const std::lock_guard lock(mutex);
            scoreCounts.push_back(s->frames.size());
            scores = std::move(s);
        };
        e.statistics = [this](std::shared_ptr<const RangeStatistics> s) {
            const std::lock_guard lock(mutex);
            sums = std::move(s);
        };
        e.failed = [this](const Error& error) {
            const std::lock_guard lock(mutex);
            errors.push_back(error.message());
        };
        return e;
    }
    std::shared_ptr<const HitScores> score() {
        const std::lock_guard lock(mutex);
        return scores;
    }
    std::shared_ptr<const RangeStatistics> sum() {
        const std::lock_guard lock(mutex);
        return sums;
    }
    std::size_t errorCount() {
        const std::lock_guard lock(mutex);
        return errors.size();
    }
    bool scored() {
        const auto s = score();
        return s && s->complete();
    }
    bool summed(std::uint64_t end) {
        const auto s = sum();
        return s && s->complete && s->range.end == end;
    }
};

OpenRun opener(std::uint64_t frames, std::uint64_t there = 1'000'000'000) {
    return [frames, there](const std::vector<std::string>&, const SettingValues&) -> std::unique_ptr<RunSource> {
        return std::make_unique<FormulaRun>(frames, there);
    };
}

} // namespace

class TestRunSurvey : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() {
        FormulaRun::s_shut = false;
        FormulaRun::s_reads = 0;
        FormulaRun::s_bad = ~std::uint64_t(0);
    }

    void scoresAreDirectSums() {
        Seen seen;
        RunSurvey survey(seen.events(), opener(300));
        survey.open({"formula.h5"});
        QTRY_VERIFY(seen.scored());
        const auto s = seen.score();
        QCOMPARE(s->frameCount, std::uint64_t(300));
        QCOMPARE(s->frames.size(), std::size_t(300));
        for (std::size_t k = 0; k < 300; ++k) {
            QCOMPARE(s->frames[k], std::uint64_t(k));
            double sum = 0;
            std::uint32_t lit = 0;
            for (std::size_t i = 0; i < kPixels; ++i)
                if (i != 5 && isValid(k, i)) {
                    sum += static_cast<double>(valueOf(k, i));
                    lit += static_cast<double>(valueOf(k, i)) > s->litAbove;
                }
            QCOMPARE(s->intensity[k], sum); // one part holds the frame: the same order, the same bits
            QCOMPARE(s->lit[k], lit);
            QCOMPARE(lit > 100, k % 7 == 3); // hits are told from blanks
        }
    }

    void hugeRunsAreSampled() {
        Seen seen;
        RunSurvey survey(seen.events(), opener(1'000'000), {.mostFrames = 100, .mostBytes = 1'000'000'000});
        survey.open({"formula.h5"});
        QTRY_VERIFY(seen.scored());
        const auto s = seen.score();
        QCOMPARE(s->frames.size(), std::size_t(100));
        QCOMPARE(s->frameCount, std::uint64_t(1'000'000));
        for (std::size_t k = 0; k < 100; ++k)
            QCOMPARE(s->frames[k], std::uint64_t(k) * 10'000);
        QVERIFY(FormulaRun::s_reads <= 100);
    }

    void sumsAreDirectSums() {
        Seen seen;
        RunSurvey survey(seen.events(), opener(100));
        survey.open({"formula.h5"});
        survey.sum({20, 60});
        QTRY_VERIFY(seen.summed(60));
        const auto s = seen.sum();
        QCOMPARE(s->frames, std::uint64_t(40));
        for (std::size_t i = 0; i < kPixels; ++i) {
            double sum = 0;
            float most = std::nanf("");
            std::uint32_t count = 0;
            for (std::uint64_t k = 20; k < 60; ++k)
                if (i != 5 && isValid(k, i)) {
                    sum += static_cast<double>(valueOf(k, i));
                    most = count == 0 ? valueOf(k, i) : std::max(most, valueOf(k, i));
                    ++count;
                }
            QCOMPARE(s->sum.data()[i], sum);
            QCOMPARE(s->count.data()[i], count);
            QVERIFY(count == 0 ? std::isnan(s->maximum.data()[i]) : s->maximum.data()[i] == most);
        }
        survey.sum({90, 200}); // cut to the run
        QTRY_VERIFY(seen.summed(100));
        QCOMPARE(seen.sum()->frames, std::uint64_t(10));
    }

    void sameBitsForAnyThreads() {
        const auto run = [] {
            Seen seen;
            RunSurvey survey(seen.events(), opener(64));
            survey.open({"formula.h5"});
            survey.sum({0, 64});
            for (int i = 0; i < 2000 && !(seen.scored() && seen.summed(64)); ++i)
                QTest::qWait(5);
            return std::pair{seen.score(), seen.sum()};
        };
        const auto many = run();
        const ThreadLimit one(1);
        const auto single = run();
        QVERIFY(many.first && single.first && many.second && single.second);
        QCOMPARE(many.first->intensity, single.first->intensity);
        QVERIFY(std::equal(many.second->sum.span().begin(), many.second->sum.span().end(),
                           single.second->sum.span().begin()));
    }

    void theNewestSumWinsAndStopKeepsWhatThereIs() {
        Seen seen;
        RunSurvey survey(seen.events(), opener(5000));
        survey.open({"formula.h5"});
        QTRY_VERIFY(FormulaRun::s_reads > 0);
        FormulaRun::s_shut = true;
        for (std::uint64_t end = 100; end < 5000; end += 100)
            survey.sum({0, end});
        FormulaRun::s_shut = false;
        QTRY_VERIFY(seen.summed(4900));
        survey.stopSum(); // nothing runs
        FormulaRun::s_shut = true;
        survey.sum({0, 5000});
        QTest::qWait(30);
        survey.stopSum();
        survey.stopSum();
        FormulaRun::s_shut = false;
        // Either it had begun and what it had is told, or it was taken away before.
        QTest::qWait(50);
        QVERIFY(!seen.summed(5000));
        survey.sum({0, 64});
        QTRY_VERIFY(seen.summed(64));
    }

    void isDestroyedWhileReading() {
        Seen seen;
        {
            RunSurvey survey(seen.events(), opener(5000));
            survey.open({"formula.h5"});
            survey.sum({0, 5000});
            FormulaRun::s_shut = true;
            QTest::qWait(20);
        } // a survey that waited for its reading would stay here for ever: the gate is shut
        FormulaRun::s_shut = false;
        QVERIFY(!seen.summed(5000));
    }

    void badFramesAndShortRuns() {
        Seen seen;
        RunSurvey survey(seen.events(), opener(100, 40)); // says 100 frames, has 40
        survey.open({"formula.h5"});
        QTRY_VERIFY(seen.scored());
        QCOMPARE(seen.score()->frames.size(), std::size_t(40));
        survey.sum({0, 100});
        QTRY_VERIFY(seen.sum() && seen.sum()->frames == 40);
        QVERIFY(!seen.sum()->complete);
        FormulaRun::s_bad = 10;
        survey.sum({0, 20});
        QTRY_COMPARE(seen.errorCount(), std::size_t(1));
        survey.sum({20, 30}); // and goes on
        QTRY_VERIFY(seen.summed(30));
        survey.open({"formula.h5"}); // scoring meets the bad frame: told once
        QTRY_COMPARE(seen.errorCount(), std::size_t(2));
    }

    void closingForgets() {
        Seen seen;
        RunSurvey survey(seen.events(), opener(100));
        survey.sum({0, 10}); // of nothing
        survey.open({"formula.h5"});
        QTRY_VERIFY(seen.scored());
        survey.close();
        survey.sum({0, 10});
        QTest::qWait(30);
        QVERIFY(!seen.sum());
        QCOMPARE(seen.errorCount(), std::size_t(0));
    }
};

QTEST_GUILESS_MAIN(TestRunSurvey)
#include "tst_run_survey.moc"
