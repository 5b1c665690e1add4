#include "engine/core/error.h"
#include "engine/math/random.h"
#include "engine/stream/karabo.h"

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <cstring>
#include <numeric>

using namespace fxs;

namespace {

constexpr const char* kDetector = "SPB_DET_AGIPD1M-1/CAL/APPEND_CORRECTED";
constexpr const char* kMonitor = "SA1_XTD2_XGM/XGM/DOOCS";

MessagePart partOf(std::string bytes) {
    const auto owner = std::make_shared<const std::string>(std::move(bytes));
    return {owner, std::as_bytes(std::span(owner->data(), owner->size()))};
}

template <class T>
StreamArray arrayOf(const std::string& source, const std::string& path, ElementType type,
                    std::vector<std::size_t> shape, std::vector<T> values) {
    const auto owner = std::make_shared<const std::vector<T>>(std::move(values));
    return {source, path, type, std::move(shape), std::as_bytes(std::span(*owner)), owner};
}

StreamMessage sampleMessage() {
    StreamMessage message;
    message.origins = {{"det", 77, 1700000000.5}, {"laser", 77, 1700000000.5}};
    std::vector<std::uint16_t> pixels(24);
    std::iota(pixels.begin(), pixels.end(), std::uint16_t{65500});
    message.arrays.push_back(arrayOf("det", "image.data", ElementType::uint16, {2, 3, 4}, pixels));
    message.arrays.push_back(arrayOf("laser", "delay", ElementType::float64, {2}, std::vector<double>{0.25, -3}));
    message.values.push_back({"det", "gain", 1.5});
    message.values.push_back({"laser", "state", std::string("on")});
    return message;
}

/// The parts of a message that the facility's Python package made.
std::vector<MessagePart> partsOf(const QDir& folder, const QString& version) {
    std::vector<MessagePart> parts;
    for (const QString& name : folder.entryList({version + QStringLiteral("-*")}, QDir::Files, QDir::Name)) {
        QFile file(folder.filePath(name));
        if (!file.open(QIODevice::ReadOnly))
            return {};
        parts.push_back(partOf(file.readAll().toStdString()));
    }
    return parts;
}

std::vector<double> numbers(const StreamArray& array) {
    std::vector<double> out(array.size());
    array.copyTo(0, std::span(out));
    return out;
}

/// Moves each part by one byte, so that no array in it is aligned.
std::vector<MessagePart> unaligned(const std::vector<MessagePart>& parts) {
    std::vector<MessagePart> out;
    for (const MessagePart& part : parts) {
        std::string bytes(part.bytes.size() + 1, '\0');
        std::memcpy(bytes.data() + 1, part.bytes.data(), part.bytes.size());
        MessagePart moved = partOf(std::move(bytes));
        moved.bytes = moved.bytes.subspan(1);
        out.push_back(moved);
    }
    return out;
}

} // namespace

class TestKarabo : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everythingComesBack_data() {
        QTest::addColumn<int>("protocol");
        QTest::newRow("1.0") << 0;
        QTest::newRow("2.2") << 1;
    }
    void everythingComesBack() {
        QFETCH(int, protocol);
        const StreamMessage sent = sampleMessage();
        const auto parts = encodeKarabo(sent, static_cast<KaraboProtocol>(protocol));
        QCOMPARE(parts.size(), protocol == 0 ? std::size_t{1} : std::size_t{8});
        const StreamMessage got = decodeKarabo(unaligned(parts));
        QCOMPARE(got.origins.size(), std::size_t{2});
        QCOMPARE(got.trainId().value_or(0), std::uint64_t{77});
        QCOMPARE(got.origins[0].timestamp, 1700000000.5);
        const StreamArray* pixels = got.findArray("det", "image.data");
        QVERIFY(pixels != nullptr);
        QCOMPARE(pixels->type, ElementType::uint16);
        QCOMPARE(pixels->shape, (std::vector<std::size_t>{2, 3, 4}));
        QCOMPARE(numbers(*pixels), numbers(sent.arrays[0]));
        QCOMPARE(std::get<double>(got.findValue("det", "gain")->value), 1.5);
        QCOMPARE(std::get<std::string>(got.findValue("laser", "state")->value), std::string("on"));
    }

    void arraysOfTheSecondProtocolAreNotCopied() {
        const StreamMessage sent = sampleMessage();
        const StreamMessage got = decodeKarabo(encodeKarabo(sent, KaraboProtocol::v2_2));
        QCOMPARE(got.findArray("det", "image.data")->bytes.data(), sent.arrays[0].bytes.data());
    }

    void readsWhatTheFacilitysPackageSends() {
        QTemporaryDir folder;
        QProcess python;
        python.start(QStringLiteral("/usr/bin/python3"),
                     {QStringLiteral(FXS_SOURCE_DIR "/tests/engine/stream/karabo_messages.py"), folder.path()});
        QVERIFY(python.waitForFinished(60000));
        if (python.exitCode() != 0)
            QSKIP(("python3-karabo-bridge is not there: " + python.readAllStandardError()).constData());
        for (const char* version : {"1.0", "2.2"}) {
            const auto parts = partsOf(QDir(folder.path()), QString::fromLatin1(version));
            QVERIFY2(!parts.empty(), version);
            const StreamMessage message = decodeKarabo(parts);
            const StreamArray* data = message.findArray(kDetector, "image.data");
            QVERIFY2(data != nullptr, version);
            QCOMPARE(data->shape, (std::vector<std::size_t>{2, 3, 4, 5}));
            std::vector<double> expected(120);
            std::iota(expected.begin(), expected.end(), 0.0);
            QCOMPARE(numbers(*data), expected);
            QCOMPARE(numbers(*message.findArray(kDetector, "image.flag")), (std::vector<double>{1, 0, 1}));
            const auto half = numbers(*message.findArray(kDetector, "image.half"));
            QCOMPARE(half[0], 1.5);
            QCOMPARE(half[1], -2.0);
            QCOMPARE(half[2], std::ldexp(1.0, -24)); // 6e-8 is the smallest number of that type
            QVERIFY(std::isinf(half[3]));
            QCOMPARE(numbers(*message.findArray(kDetector, "modulesPresent")), (std::vector<double>{1, 0}));
            QCOMPARE(std::get<double>(message.findValue(kMonitor, "pulseEnergy")->value), 1.25);
            QCOMPARE(std::get<double>(message.findValue(kMonitor, "count")->value), -7.0);
            QCOMPARE(std::get<std::string>(message.findValue(kMonitor, "state")->value), std::string("ON"));
            QCOMPARE(message.trainId().value_or(0), std::uint64_t{10000000123});
        }
    }

    void wrongMessagesAreNamed_data() {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("second");
        QTest::addColumn<QString>("said");
        QTest::newRow("nothing") << QByteArray() << QByteArray() << QStringLiteral("not msgpack");
        QTest::newRow("not a map") << QByteArray("\x93\x01\x02\x03") << QByteArray() << QStringLiteral("no map");
        QTest::newRow("text") << QByteArray("hello") << QByteArray() << QStringLiteral("no map");
        QTest::newRow("announces 4 GB") << QByteArray("\xdd\xff\xff\xff\xff", 5) << QByteArray()
                                        << QStringLiteral("not msgpack");
        QTest::newRow("no source") << QByteArray("\x80") << QByteArray("\x80") << QStringLiteral("no text \"source\"");
    }
    void wrongMessagesAreNamed() {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, second);
        QFETCH(QString, said);
        std::vector<MessagePart> parts{partOf(first.toStdString())};
        if (!second.isEmpty())
            parts.push_back(partOf(second.toStdString()));
        try {
            decodeKarabo(parts);
            QFAIL("no error");
        } catch (const Error& error) {
            QVERIFY2(QString::fromStdString(error.message()).contains(said), error.what());
        }
    }

    void wrongSizesAreRefused() {
        StreamMessage sent = sampleMessage();
        sent.arrays[0].shape = {2, 3, 5};
        for (const KaraboProtocol protocol : {KaraboProtocol::v1_0, KaraboProtocol::v2_2})
            QVERIFY_THROWS_EXCEPTION(Error, decodeKarabo(encodeKarabo(sent, protocol)));
        sent.arrays[0].shape = {std::size_t{1} << 40, std::size_t{1} << 40};
        QVERIFY_THROWS_EXCEPTION(Error, decodeKarabo(encodeKarabo(sent, KaraboProtocol::v2_2)));
    }

    /// Whatever arrives, the answer is a message or an Error.
    void garbageDoesNoHarm() {
        RandomStream random(5, 0);
        for (const KaraboProtocol protocol : {KaraboProtocol::v1_0, KaraboProtocol::v2_2}) {
            const auto whole = encodeKarabo(sampleMessage(), protocol);
            int refused = 0;
            for (int round = 0; round < 3000; ++round) {
                std::vector<MessagePart> parts;
                for (const MessagePart& part : whole) {
                    std::string bytes(reinterpret_cast<const char*>(part.bytes.data()), part.bytes.size());
                    if (!bytes.empty() && random.uniform() < 0.5)
                        bytes[random.bits() % bytes.size()] = static_cast<char>(random.bits());
                    if (random.uniform() < 0.2)
                        bytes.resize(random.bits() % (bytes.size() + 1));
                    parts.push_back(partOf(std::move(bytes)));
                }
                try {
                    const StreamMessage got = decodeKarabo(parts);
                    for (const StreamArray& array : got.arrays)
                        numbers(array);
                } catch (const Error&) {
                    ++refused;
                }
            }
            QVERIFY(refused > 0 && refused < 3000); // both endings were met
        }
    }
};

QTEST_APPLESS_MAIN(TestKarabo)
#include "tst_karabo.moc"
