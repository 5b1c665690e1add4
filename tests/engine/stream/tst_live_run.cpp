#include "engine/core/error.h"
#include "engine/correlate/correlator.h"
#include "engine/stream/karabo.h"
#include "engine/stream/live_run.h"
#include "engine/stream/replay.h"

#include "tests/engine/io/test_folder.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numeric>

using namespace fxs;
using namespace std::chrono_literals;

namespace {

/// Numbered frames in memory: value = frame + pixel / 1000, so that every one tells where it comes from.
class NumberedRun : public RunSource {
public:
    NumberedRun(bool polar, std::uint64_t frames) : m_polar(polar) {
        m_info.frameCount = frames;
        m_info.experiment.wavelengthAngstrom = 1.5;
        m_info.experiment.wavelengthKnown = true;
        if (polar) {
            m_info.polarGrid = PolarGrid::uniform(0.01, 0.2, 6, 16);
            m_info.polarMask = Array<std::uint8_t, 2>({6, 16});
            std::ranges::fill(m_info.polarMask.span(), std::uint8_t{1});
            m_info.polarMask(2, 3) = 0;
        } else {
            m_info.panels = 1;
            m_info.slow = 6;
            m_info.fast = 5;
            m_info.distanceMetre = 0.2;
            m_info.pixelSizeMetre = 1e-4;
            m_info.centrePixel = {2.5, 3};
        }
    }
    const RunInfo& info() const override { return m_info; }
    static float value(std::uint64_t frame, std::size_t pixel) {
        return static_cast<float>(frame) + static_cast<float>(pixel) / 1000;
    }
    PolarBatch readPolar(std::uint64_t first, std::size_t count, const TaskContext&) override {
        PolarBatch batch;
        batch.firstIndex = first;
        batch.intensity = Array<float, 3>::uninitialised({frames(first, count), 6, 16});
        fill(first, batch.intensity.span(), 96);
        return batch;
    }
    FrameBatch readFrames(std::uint64_t first, std::size_t count, const TaskContext&) override {
        FrameBatch batch;
        batch.firstIndex = first;
        batch.data = Array<float, 4>::uninitialised({frames(first, count), 1, 6, 5});
        fill(first, batch.data.span(), 30);
        return batch;
    }

private:
    std::size_t frames(std::uint64_t first, std::size_t count) const {
        return std::min<std::size_t>(count, *m_info.frameCount - std::min(first, *m_info.frameCount));
    }
    static void fill(std::uint64_t first, std::span<float> out, std::size_t pixels) {
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = value(first + i / pixels, i % pixels);
    }
    bool m_polar;
    RunInfo m_info;
};

/// Serves a run on a thread until it goes out of scope.
class Serving {
public:
    Serving(std::shared_ptr<RunSource> run, const ReplaySettings& settings,
            const std::string& address = "tcp://127.0.0.1:*")
        : m_sender(std::make_shared<MessageSender>(address, settings.receivers())), m_address(m_sender->address()),
          m_thread("replay", [run, settings, sender = m_sender](std::stop_token stop) {
              TaskContext task;
              task.stop = stop;
              try {
                  replayRun(*run, *sender, settings, task);
              } catch (const Stopped&) {
              }
          }) {}
    const std::string& address() const { return m_address; }

private:
    std::shared_ptr<MessageSender> m_sender;
    std::string m_address;
    NamedThread m_thread;
};

/// Sends messages that the test makes, one after another, on a thread: a sender waits for its receiver.
class Sender {
public:
    using Parts = std::vector<MessagePart>;

    explicit Sender(std::vector<Parts> messages)
        : m_socket(std::make_shared<MessageSender>("tcp://127.0.0.1:*", SocketKind::pull)),
          m_address(m_socket->address()),
          m_thread("sender", [socket = m_socket, messages = std::move(messages)](std::stop_token stop) {
              for (const Parts& parts : messages)
                  socket->send(parts, stop);
          }) {}
    const std::string& address() const { return m_address; }
    static StreamSettings settings() {
        StreamSettings s;
        s.socket = "pull";
        s.full = "wait";
        return s;
    }
    static Parts encoded(const StreamMessage& message) { return encodeKarabo(message, KaraboProtocol::v2_2); }

private:
    std::shared_ptr<MessageSender> m_socket;
    std::string m_address;
    NamedThread m_thread;
};

StreamMessage trainMessage(std::uint64_t train, std::vector<std::size_t> shape, std::size_t pulses) {
    StreamMessage message;
    message.origins = {{"det", train, 1.7e9}, {"xgm", train, 1.7e9}};
    const std::size_t n = std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
    auto pixels = std::make_shared<std::vector<float>>(n);
    std::iota(pixels->begin(), pixels->end(), static_cast<float>(train % 1000) * 1000);
    message.arrays.push_back(
        {"det", "image.data", ElementType::float32, std::move(shape), std::as_bytes(std::span(*pixels)), pixels});
    auto cells = std::make_shared<std::vector<std::uint16_t>>(pulses);
    std::iota(cells->begin(), cells->end(), std::uint16_t{7});
    message.arrays.push_back(
        {"det", "image.cellId", ElementType::uint16, {pulses}, std::as_bytes(std::span(*cells)), cells});
    message.values.push_back({"xgm", "energy", static_cast<double>(train)});
    return message;
}

/// All frames that come until `count` are there (or nothing comes for a while).
template <class Read>
std::uint64_t readAll(LiveRun& run, std::uint64_t count, Read read) {
    std::uint64_t have = 0;
    for (int silent = 0; have < count && run.mayGrow() && silent < 25;) {
        const std::size_t got = read();
        have += got;
        silent = got == 0 ? silent + 1 : 0;
    }
    return have;
}

} // namespace

class TestLiveRun : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aReplayedRunIsTheSameRun_data() {
        QTest::addColumn<bool>("polar");
        QTest::addColumn<QString>("protocol");
        for (const bool polar : {false, true})
            for (const char* protocol : {"karabo", "karabo-1.0", "hdf5"})
                QTest::addRow("%s %s", polar ? "polar" : "frames", protocol) << polar << QString(protocol);
    }
    void aReplayedRunIsTheSameRun() {
        QFETCH(bool, polar);
        QFETCH(QString, protocol);
        const auto source = std::make_shared<NumberedRun>(polar, 100);
        ReplaySettings replay;
        replay.protocol = protocol.toStdString();
        replay.framesPerMessage = 7;
        const Serving serving(source, replay);
        LiveRun run(serving.address(), {}, {}, {});
        QVERIFY(!run.info().frameCount.has_value());
        QCOMPARE(run.info().experiment.wavelengthAngstrom, 1.5);
        QCOMPARE(run.isPolar(), polar);
        if (polar) {
            QVERIFY(*run.info().polarGrid == *source->info().polarGrid);
            QCOMPARE(run.info().polarMask(2, 3), std::uint8_t{0});
            QCOMPARE(run.info().polarMask(2, 4), std::uint8_t{1});
        } else {
            QCOMPARE(run.info().distanceMetre.value_or(0), 0.2);
            QCOMPARE(run.info().centrePixel.value(), (std::array<double, 2>{2.5, 3}));
            QCOMPARE(run.info().slow, std::size_t{6});
        }
        std::uint64_t next = 0;
        const std::uint64_t frames = readAll(run, 100, [&] {
            const auto check = [&](const auto& batch, const auto& values) {
                const std::size_t n = batch.frameCount();
                if (n > 0 && batch.firstIndex != next)
                    qFatal("a batch begins at %lu, expected %lu", batch.firstIndex, next);
                for (std::size_t i = 0; i < values.size(); ++i)
                    if (values.data()[i] != NumberedRun::value(next + i / (values.size() / n), i % (values.size() / n)))
                        qFatal("a wrong value");
                next += n;
                return n;
            };
            if (polar) {
                const PolarBatch batch = run.readPolar(0, 10, {});
                return check(batch, batch.intensity);
            }
            const FrameBatch batch = run.readFrames(0, 10, {});
            return check(batch, batch.data);
        });
        QCOMPARE(frames, std::uint64_t{100});
    }

    void itEndsAfterAsManyFramesAsAsked() {
        ReplaySettings replay;
        replay.loop = true;
        const Serving serving(std::make_shared<NumberedRun>(true, 40), replay);
        StreamSettings settings;
        settings.frames = 123;
        LiveRun run(serving.address(), settings, {}, {});
        std::uint64_t last = 0;
        const std::uint64_t frames = readAll(run, 1000, [&] {
            const PolarBatch batch = run.readPolar(0, 50, {});
            last = batch.frameCount() > 0 ? batch.end() : last;
            return batch.frameCount();
        });
        QCOMPARE(frames, std::uint64_t{123});
        QCOMPARE(last, std::uint64_t{123}); // numbers go on over the loop
        QVERIFY(!run.mayGrow());
    }

    /// European XFEL's usual order, pulses last, and the order of its files, pulses first.
    void axesAreToldByTheCellIds_data() {
        QTest::addColumn<QList<int>>("shape");
        QTest::addColumn<bool>("pulsesLast");
        QTest::newRow("panel,slow,fast,frame") << QList<int>{2, 3, 4, 6} << true;
        QTest::newRow("frame,panel,slow,fast") << QList<int>{6, 2, 3, 4} << false;
    }
    void axesAreToldByTheCellIds() {
        QFETCH(QList<int>, shape);
        QFETCH(bool, pulsesLast);
        const Sender sender({Sender::encoded(trainMessage(5, {shape.begin(), shape.end()}, 6))});
        LiveRun run(sender.address(), Sender::settings(), {}, {});
        QCOMPARE(run.info().panels, std::size_t{2});
        QCOMPARE(run.info().slow, std::size_t{3});
        QCOMPARE(run.info().fast, std::size_t{4});
        run.wantColumns({"image.cellId", "xgm/energy"});
        const FrameBatch batch = run.readFrames(0, 100, {});
        QCOMPARE(batch.frameCount(), std::size_t{6});
        for (std::size_t f = 0; f < 6; ++f)
            for (std::size_t p = 0; p < 2; ++p)
                for (std::size_t s = 0; s < 3; ++s)
                    for (std::size_t x = 0; x < 4; ++x) {
                        const std::size_t at =
                            pulsesLast ? ((p * 3 + s) * 4 + x) * 6 + f : ((f * 2 + p) * 3 + s) * 4 + x;
                        QCOMPARE(batch.data(f, p, s, x), 5000.0f + static_cast<float>(at));
                    }
        QCOMPARE(batch.columns.size(), std::size_t{2});
        QCOMPARE(batch.columns[0].numbers, (std::vector<double>{7, 8, 9, 10, 11, 12}));
        QCOMPARE(batch.columns[1].numbers, std::vector<double>(6, 5.0));
    }

    /// A CXI file of another program, as a message behind a topic.
    void filesOfOthersAreRead() {
        if (!hasPython())
            QSKIP("python3-h5py is not there");
        const TestFolder folder;
        const std::string path = folder.path("message.cxi");
        QVERIFY(runPython("import h5py, numpy as np\n"
                          "f = h5py.File('" +
                          path +
                          "', 'w')\n"
                          "f['cxi_version'] = 140\n"
                          "d = f.create_group('entry_1/instrument_1/detector_1')\n"
                          "d['data'] = np.arange(2 * 4 * 5, dtype=np.uint16).reshape(2, 4, 5)\n"
                          "d['distance'] = 0.25\n"
                          "d['x_pixel_size'] = d['y_pixel_size'] = 75e-6\n"
                          "f['entry_1/instrument_1/source_1/energy'] = 1.5e-15\n"
                          "f['entry_1/data_1'] = h5py.SoftLink('/entry_1/instrument_1/detector_1')\n"));
        std::ifstream file(path, std::ios::binary);
        const auto bytes =
            std::make_shared<const std::string>(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
        const auto topic = std::make_shared<const std::string>("run12");
        const Sender::Parts message{{topic, std::as_bytes(std::span(*topic))},
                                    {bytes, std::as_bytes(std::span(*bytes))}};
        const Sender::Parts cut{{bytes, std::as_bytes(std::span(*bytes)).first(bytes->size() / 2)}};
        const Sender sender({message, cut, message});
        LiveRun run(sender.address(), Sender::settings(), {}, {});
        QCOMPARE(run.info().distanceMetre.value_or(0), 0.25);
        double sum = 0;
        QCOMPARE(readAll(run, 4,
                         [&] {
                             const FrameBatch batch = run.readFrames(0, 100, {});
                             sum = std::accumulate(batch.data.data(), batch.data.data() + batch.data.size(), sum);
                             return batch.frameCount();
                         }),
                 std::uint64_t{4});
        QCOMPARE(sum, 2 * 40 * 39 / 2.0);
        QCOMPARE(run.status().refused, std::uint64_t{1});
    }

    void whatIsOddIsCountedAndSurvived() {
        const auto train = [](std::uint64_t id) { return Sender::encoded(trainMessage(id, {2, 3, 4, 6}, 6)); };
        const auto text = std::make_shared<const std::string>("\xc1garbage");
        const Sender sender({train(10),
                             train(10),                                          // twice
                             train(14),                                          // three trains are missing
                             Sender::encoded(trainMessage(15, {2, 3, 5, 6}, 6)), // another shape
                             {{text, std::as_bytes(std::span(*text))}},
                             train(16)});
        LiveRun run(sender.address(), Sender::settings(), {}, {});
        const std::uint64_t frames = readAll(run, 18, [&] { return run.readFrames(0, 100, {}).frameCount(); });
        QCOMPARE(frames, std::uint64_t{18});
        const LiveStatus status = run.status();
        QCOMPARE(status.repeated, std::uint64_t{1});
        QCOMPARE(status.missingTrains, std::uint64_t{3 + 1});
        QCOMPARE(status.refused, std::uint64_t{2});
        QVERIFY(!run.problemsFound().empty());
    }

    void aSenderThatCountsAnewGoesOn() {
        ReplaySettings replay;
        std::string address;
        std::unique_ptr<LiveRun> run;
        std::uint64_t first = 0;
        const auto read = [&] {
            const PolarBatch batch = run->readPolar(0, 64, {});
            if (batch.frameCount() > 0 && batch.firstIndex < first)
                qFatal("a number was given twice");
            first = batch.frameCount() > 0 ? batch.end() : first;
            return batch.frameCount();
        };
        {
            const Serving serving(std::make_shared<NumberedRun>(true, 48), replay);
            address = serving.address();
            run = std::make_unique<LiveRun>(address, StreamSettings{}, InputSettings{}, TaskContext{});
            QCOMPARE(readAll(*run, 48, read), std::uint64_t{48});
        }
        const Serving again(std::make_shared<NumberedRun>(true, 48), replay, address);
        QCOMPARE(readAll(*run, 48, read), std::uint64_t{48});
        QCOMPARE(run->status().restarts, std::uint64_t{1});
        QCOMPARE(first, std::uint64_t{96});
    }

    void silenceIsAnErrorThatSaysWhy() {
        StreamSettings settings;
        settings.firstMessage = 0.3;
        try {
            LiveRun("tcp://127.0.0.1:9", settings, {}, {});
            QFAIL("no error");
        } catch (const Error& error) {
            QVERIFY2(error.message().find("no sender answers") != std::string::npos, error.what());
        }
        const MessageSender silent("tcp://127.0.0.1:*", SocketKind::request);
        try {
            LiveRun(silent.address(), settings, {}, {});
            QFAIL("no error");
        } catch (const Error& error) {
            QVERIFY2(error.message().find("sends nothing") != std::string::npos, error.what());
        }
    }

    void waitingCanBeStopped() {
        std::stop_source stop;
        stop.request_stop();
        TaskContext task;
        task.stop = stop.get_token();
        QVERIFY_THROWS_EXCEPTION(Stopped, LiveRun("tcp://127.0.0.1:9", {}, {}, task));
    }
};

QTEST_GUILESS_MAIN(TestLiveRun)
#include "tst_live_run.moc"
