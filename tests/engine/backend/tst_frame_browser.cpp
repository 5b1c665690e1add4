#include "engine/backend/frame_browser.h"

#include <QTest>

#include <atomic>
#include <mutex>
#include <thread>

using namespace fxs;

namespace {

/// Ten frames whose values are their index; reading waits while the gate is shut.
class FakeRun : public RunSource {
public:
    FakeRun(bool polar, std::shared_ptr<std::atomic<int>> open) : m_open(std::move(open)) {
        m_info.layout = "fake";
        m_info.files = {"fake.h5"};
        m_info.frameCount = 10;
        if (polar)
            m_info.polarGrid = PolarGrid::uniform(0, 0.1, 2, 8);
        ++*m_open;
    }
    ~FakeRun() override { --*m_open; }

    const RunInfo& info() const override { return m_info; }
    PolarBatch readPolar(std::uint64_t first, std::size_t, const TaskContext& task) override {
        wait(task);
        PolarBatch batch;
        batch.firstIndex = first;
        batch.intensity = Array<float, 3>({1, 2, 8});
        batch.intensity(0, 0, 0) = static_cast<float>(first);
        if (first == 7)
            throw Error(ErrorCode::badInput, "reading fake.h5: frame 7 has 3 rings, expected 2");
        return batch;
    }
    FrameBatch readFrames(std::uint64_t first, std::size_t, const TaskContext& task) override {
        wait(task);
        FrameBatch batch;
        batch.firstIndex = first;
        batch.data = Array<float, 4>({1, 1, 2, 2});
        return batch;
    }

    static std::atomic<bool> s_shut;
    static std::atomic<int> s_reads;

private:
    static void wait(const TaskContext& task) {
        ++s_reads;
        while (s_shut) {
            task.checkpoint();
            std::this_thread::yield();
        }
    }
    RunInfo m_info;
    std::shared_ptr<std::atomic<int>> m_open;
};
std::atomic<bool> FakeRun::s_shut{false};
std::atomic<int> FakeRun::s_reads{0};

struct Seen {
    std::mutex mutex;
    std::vector<std::uint64_t> frames;
    std::vector<std::string> errors;
    int opened = 0;
    bool raw = false;

    template <class Body>
    auto locked(Body body) {
        const std::lock_guard lock(mutex);
        return body();
    }
    FrameBrowserEvents events() {
        FrameBrowserEvents e;
        e.opened = [this](std::shared_ptr<const RunInfo>) { locked([&] { ++opened; }); };
        e.frame = [this](std::shared_ptr<const BrowsedFrame> f) {
            locked([&] {
                frames.push_back(f->index);
                raw = f->raw.frameCount() == 1;
            });
        };
        e.failed = [this](const Error& error) { locked([&] { errors.push_back(error.message()); }); };
        return e;
    }
    std::size_t frameCount() {
        return locked([this] { return frames.size(); });
    }
    std::size_t errorCount() {
        return locked([this] { return errors.size(); });
    }
};

} // namespace

class TestFrameBrowser : public QObject {
    Q_OBJECT
    std::shared_ptr<std::atomic<int>> m_open = std::make_shared<std::atomic<int>>(0);

    OpenRun opener() {
        return
            [open = m_open](const std::vector<std::string>& files, const SettingValues&) -> std::unique_ptr<RunSource> {
                if (files.front() == "missing.h5")
                    throw Error(ErrorCode::notFound, "missing.h5: no such file");
                return std::make_unique<FakeRun>(files.front() != "raw.h5", open);
            };
    }

private Q_SLOTS:
    void init() {
        FakeRun::s_shut = false;
        FakeRun::s_reads = 0;
    }

    void showsPolarAndRawFrames() {
        Seen seen;
        FrameBrowser browser(seen.events(), opener());
        browser.open({"polar.h5"});
        browser.show(3);
        QTRY_COMPARE(seen.frameCount(), 1u);
        QVERIFY(!seen.raw);
        browser.open({"raw.h5"});
        browser.show(4);
        QTRY_COMPARE(seen.frameCount(), 2u);
        QVERIFY(seen.raw);
        QCOMPARE(seen.opened, 2);
        QCOMPARE(m_open->load(), 1);
        browser.close();
        QTRY_COMPARE(m_open->load(), 0);
    }

    void theNewestRequestWins() {
        Seen seen;
        FrameBrowser browser(seen.events(), opener());
        browser.open({"polar.h5"});
        FakeRun::s_shut = true;
        browser.show(0);
        QTRY_COMPARE(FakeRun::s_reads.load(), 1);
        for (std::uint64_t i = 1; i <= 6; ++i)
            browser.show(i);
        FakeRun::s_shut = false;
        QTRY_COMPARE(seen.frameCount(), 2u);
        const auto frames = seen.locked([&] { return seen.frames; });
        QCOMPARE(frames, (std::vector<std::uint64_t>{0, 6}));
    }

    void tellsErrorsAndGoesOn() {
        Seen seen;
        FrameBrowser browser(seen.events(), opener());
        browser.open({"missing.h5"});
        QTRY_COMPARE(seen.errorCount(), 1u);
        browser.show(1); // of nothing: ignored, its cause was told
        browser.open({"polar.h5"});
        browser.show(7);
        QTRY_COMPARE(seen.errorCount(), 2u);
        browser.show(10);
        QTRY_COMPARE(seen.errorCount(), 3u);
        QVERIFY(QString::fromStdString(seen.errors[2]).contains("10 frames"));
        browser.show(9);
        QTRY_COMPARE(seen.frameCount(), 1u);
    }

    void isDestroyedWhileReading() {
        Seen seen;
        {
            FrameBrowser browser(seen.events(), opener());
            browser.open({"polar.h5"});
            FakeRun::s_shut = true;
            browser.show(0);
            QTRY_COMPARE(FakeRun::s_reads.load(), 1);
        }
        QCOMPARE(seen.frameCount(), 0u);
        QTRY_COMPARE(m_open->load(), 0);
    }
};

QTEST_GUILESS_MAIN(TestFrameBrowser)
#include "tst_frame_browser.moc"
