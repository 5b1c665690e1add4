#include "engine/core/error.h"
#include "engine/stream/growing_run.h"
#include "engine/stream/open_source.h"
#include "tests/engine/io/test_folder.h"

#include <QProcess>
#include <QTest>

#include <cstdio>

using namespace fxs;

namespace {

/// Another program that writes a file of frames [4][5] (all of value n in frame n) as long as its input says "one more", so that
/// the test decides what is there when.
class Writer {
public:
    explicit Writer(const std::string& path) {
        const QString program = QStringLiteral(R"(
import sys, h5py, numpy as np
f = h5py.File(sys.argv[1], 'w', libver='latest')
d = f.create_group('entry_1/instrument_1/detector_1')
d['distance'] = 0.25
d['x_pixel_size'] = d['y_pixel_size'] = 75e-6
f['entry_1/instrument_1/source_1/energy'] = 1.5e-15
s = d.create_dataset('data', (0, 4, 5), maxshape=(None, 4, 5), chunks=(1, 4, 5), dtype='f4', compression='gzip')
f['entry_1/data_1'] = h5py.SoftLink('/entry_1/instrument_1/detector_1')
f.swmr_mode = True
print('ready', flush=True)
n = 0
for line in sys.stdin:
    for _ in range(int(line)):
        s.resize(n + 1, axis=0)
        s[n] = np.full((4, 5), n)
        n += 1
    s.flush()
    print(n, flush=True)
)");
        m_process.start(QStringLiteral("/usr/bin/python3"),
                        {QStringLiteral("-c"), program, QString::fromStdString(path)});
        line();
    }
    /// Writes n more frames; returns once they are there.
    void write(int n) {
        m_process.write(QByteArray::number(n) + "\n");
        line();
    }
    void close() {
        m_process.closeWriteChannel();
        m_process.waitForFinished();
    }

private:
    void line() {
        while (!m_process.canReadLine() && m_process.waitForReadyRead(30000)) {
        }
        m_process.readLine();
    }
    QProcess m_process;
};

StreamSettings following() {
    StreamSettings settings;
    settings.follow = true;
    settings.firstMessage = 10;
    return settings;
}

/// Reads until `count` frames are there, the run ends or nothing comes; -1 for a wrong value.
int readFrames(RunSource& run, int count, int& next) {
    int have = 0;
    for (int silent = 0; have < count && run.mayGrow() && silent < 20; ++silent) {
        const FrameBatch batch = run.readFrames(0, 100, {});
        for (std::size_t f = 0; f < batch.frameCount(); ++f, ++next)
            if (batch.firstIndex + f != static_cast<std::uint64_t>(next) || batch.data(f, 0, 3, 4) < 0)
                return -1;
        have += static_cast<int>(batch.frameCount());
        silent = batch.frameCount() > 0 ? 0 : silent;
    }
    return have;
}

} // namespace

class TestGrowingRun : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() {
        if (!hasPython())
            QSKIP("python3-h5py is not there");
    }

    void aFileIsReadAsItGrowsAndEndsWhenItIsClosed() {
        const TestFolder folder;
        const std::string path = folder.path("run.cxi");
        Writer writer(path);
        writer.write(3);
        const auto run = openSource({path}, {}, following(), {});
        QVERIFY(!run->info().frameCount.has_value());
        int next = 0;
        QCOMPARE(readFrames(*run, 3, next), 3);
        QVERIFY(run->mayGrow());
        writer.write(4);
        QCOMPARE(readFrames(*run, 4, next), 4);
        writer.write(2);
        writer.close();
        QCOMPARE(readFrames(*run, 100, next), 2);
        QVERIFY(!run->mayGrow());
    }

    void framesAreThoseThatWereWritten() {
        const TestFolder folder;
        Writer writer(folder.path("run.cxi"));
        writer.write(1);
        const auto run = openSource({folder.path("run.cxi")}, {}, following(), {});
        writer.write(5);
        writer.close();
        for (int n = 0; n < 6;) {
            const FrameBatch batch = run->readFrames(0, 2, {});
            for (std::size_t f = 0; f < batch.frameCount(); ++f, ++n)
                for (int x = 0; x < 5; ++x)
                    QCOMPARE(batch.data(f, 0, 2, static_cast<std::size_t>(x)), static_cast<float>(n));
        }
    }

    void aFolderIsWatched() {
        const TestFolder folder;
        Writer first(folder.path("a.cxi"));
        first.write(2);
        first.close();
        StreamSettings settings = following();
        settings.idle = 3;
        const auto run = openSource({folder.path("")}, {}, settings, {});
        int next = 0;
        QCOMPARE(readFrames(*run, 2, next), 2);
        Writer second(folder.path("b.cxi"));
        second.write(3);
        QCOMPARE(readFrames(*run, 3, next), 3);
        second.close();
        readFrames(*run, 1, next);
        QTRY_VERIFY_WITH_TIMEOUT((run->readFrames(0, 1, {}), !run->mayGrow()), 10000); // silent for long enough
        QCOMPARE(next, 5);
    }

    void anEmptyFileIsWaitedFor() {
        const TestFolder folder;
        Writer writer(folder.path("run.cxi"));
        StreamSettings settings = following();
        settings.firstMessage = 0.3;
        const std::string said = errorOf([&] { openSource({folder.path("run.cxi")}, {}, settings, {}); });
        QVERIFY(contains(said, "no frame came to"));
    }

    void itStopsWhenAsked() {
        const TestFolder folder;
        std::stop_source stop;
        stop.request_stop();
        TaskContext task;
        task.stop = stop.get_token();
        QVERIFY_THROWS_EXCEPTION(Stopped, openSource({folder.path("")}, {}, following(), task));
    }
};

QTEST_GUILESS_MAIN(TestGrowingRun)
#include "tst_growing_run.moc"
