#include "engine/core/error.h"
#include "engine/io/map_file.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <cstring>
#include <limits>
#include <zlib.h>

using namespace fxs;

namespace {

DensityMap sample(std::size_t n) {
    DensityMap map{Array<float, 3>({n, n, n}), 2.5};
    for (std::size_t z = 0; z < n; ++z)
        for (std::size_t y = 0; y < n; ++y)
            for (std::size_t x = 0; x < n; ++x)
                map.values(z, y, x) = static_cast<float>(x) + 10 * static_cast<float>(y) + 100 * static_cast<float>(z);
    return map;
}

QByteArray bytesOf(const std::string& path) {
    QFile file(QString::fromStdString(path));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void writeBytes(const std::string& path, const QByteArray& bytes) {
    QFile file(QString::fromStdString(path));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

/// Word w of the header, counted from 1 as the format's description does.
template <class T>
T word(const QByteArray& bytes, int w) {
    T value;
    std::memcpy(&value, bytes.constData() + 4 * (w - 1), sizeof value);
    return value;
}

template <class T>
void setWord(QByteArray& bytes, int w, T value) {
    std::memcpy(bytes.data() + 4 * (w - 1), &value, sizeof value);
}

template <class Call>
void expectError(ErrorCode code, Call&& call) {
    try {
        call();
    } catch (const Error& error) {
        QVERIFY2(error.code() == code, error.what());
        return;
    }
    QFAIL("no Error was thrown");
}

} // namespace

class TestMapFile : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void headerWords();
    void thereAndBack_data();
    void thereAndBack();
    void readsGzip();
    void readsOtherAxisOrders();
    void fillsUpToACube();
    void readsTheOtherByteOrder();
    void refusesBadFiles_data();
    void refusesBadFiles();
    void refusesBadMaps();
    void doesNotOverwrite();

private:
    std::string at(const char* name) const { return m_folder.filePath(QString::fromLatin1(name)).toStdString(); }
    QTemporaryDir m_folder;
};

void TestMapFile::headerWords() {
    writeMap(at("header.mrc"), sample(5));
    const QByteArray b = bytesOf(at("header.mrc"));
    QCOMPARE(b.size(), 1024 + 4 * 125);
    for (int axis = 0; axis < 3; ++axis) {
        QCOMPARE(word<std::int32_t>(b, 1 + axis), 5);  // NX NY NZ
        QCOMPARE(word<std::int32_t>(b, 5 + axis), -2); // NXSTART
        QCOMPARE(word<std::int32_t>(b, 8 + axis), 5);  // MX
        QCOMPARE(word<float>(b, 11 + axis), 12.5f);    // cell: 5 * 2.5 Å
        QCOMPARE(word<float>(b, 14 + axis), 90.0f);
        QCOMPARE(word<std::int32_t>(b, 17 + axis), 1 + axis); // MAPC MAPR MAPS
        QCOMPARE(word<float>(b, 50 + axis), -5.0f);           // ORIGIN: voxel 2 of 5 is at 0
    }
    QCOMPARE(word<std::int32_t>(b, 4), 2);
    QCOMPARE(word<float>(b, 20), 0.0f);
    QCOMPARE(word<float>(b, 21), 444.0f);
    QCOMPARE(word<float>(b, 22), 222.0f);
    QCOMPARE(word<std::int32_t>(b, 23), 1);
    QCOMPARE(word<std::int32_t>(b, 24), 0);
    QCOMPARE(word<std::int32_t>(b, 28), 20140);
    QCOMPARE(b.mid(4 * 52, 4), QByteArray("MAP "));
    QCOMPARE(b.mid(4 * 53, 2), QByteArray("\x44\x41", 2));
    // x fastest: the second value is voxel x = 1.
    float second;
    std::memcpy(&second, b.constData() + 1024 + 4, 4);
    QCOMPARE(second, 1.0f);
}

void TestMapFile::thereAndBack_data() {
    QTest::addColumn<int>("size");
    QTest::newRow("odd") << 7;
    QTest::newRow("even") << 8;
    QTest::newRow("one") << 1;
}

void TestMapFile::thereAndBack() {
    QFETCH(int, size);
    const DensityMap map = sample(static_cast<std::size_t>(size));
    const std::string path = at(qPrintable(QStringLiteral("back%1.mrc").arg(size)));
    writeMap(path, map);
    const DensityMap back = readMap(path);
    QCOMPARE(back.values.shape(), map.values.shape());
    QVERIFY(std::abs(back.spacingAngstrom - 2.5) < 1e-6); // stored as floats
    QVERIFY(std::equal(back.values.span().begin(), back.values.span().end(), map.values.span().begin()));
}

void TestMapFile::readsGzip() {
    writeMap(at("plain.mrc"), sample(6));
    const QByteArray plain = bytesOf(at("plain.mrc"));
    gzFile out = gzopen(at("packed.mrc.gz").c_str(), "wb");
    QVERIFY(out);
    QCOMPARE(gzwrite(out, plain.constData(), static_cast<unsigned>(plain.size())), static_cast<int>(plain.size()));
    gzclose(out);
    const DensityMap map = readMap(at("packed.mrc.gz"));
    QCOMPARE(map.values(3, 2, 1), 321.0f);
}

void TestMapFile::readsOtherAxisOrders() {
    writeMap(at("zyx.mrc"), sample(4));
    QByteArray b = bytesOf(at("zyx.mrc"));
    setWord<std::int32_t>(b, 17, 3); // columns are Z now
    setWord<std::int32_t>(b, 19, 1);
    writeBytes(at("zyx.mrc"), b);
    QCOMPARE(readMap(at("zyx.mrc")).values(1, 2, 3), 321.0f);
}

void TestMapFile::fillsUpToACube() {
    writeMap(at("flat.mrc"), sample(4));
    QByteArray b = bytesOf(at("flat.mrc"));
    setWord<std::int32_t>(b, 3, 2); // two sections only
    b.truncate(1024 + 4 * 32);
    writeBytes(at("flat.mrc"), b);
    const DensityMap map = readMap(at("flat.mrc"));
    QCOMPARE(map.size(), std::size_t{4});
    QCOMPARE(map.values(0, 3, 3), 0.0f);
    QCOMPARE(map.values(2, 3, 2), 132.0f);
}

void TestMapFile::readsTheOtherByteOrder() {
    writeMap(at("swapped.mrc"), sample(3));
    QByteArray b = bytesOf(at("swapped.mrc"));
    for (qsizetype i = 0; i + 3 < b.size(); i += 4) {
        const bool isText = (i >= 4 * 52 && i < 4 * 54) || (i >= 4 * 56 && i < 1024) || i == 4 * 26;
        if (!isText) {
            std::swap(b.data()[i], b.data()[i + 3]);
            std::swap(b.data()[i + 1], b.data()[i + 2]);
        }
    }
    b.replace(4 * 53, 4, QByteArray("\x11\x11\0\0", 4));
    writeBytes(at("swapped.mrc"), b);
    QCOMPARE(readMap(at("swapped.mrc")).values(2, 1, 0), 210.0f);
}

void TestMapFile::refusesBadFiles_data() {
    QTest::addColumn<int>("at");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<int>("size");
    QTest::addColumn<int>("code");
    const auto integer = [](std::int32_t v) { return QByteArray(reinterpret_cast<const char*>(&v), 4); };
    const auto real = [](float v) { return QByteArray(reinterpret_cast<const char*>(&v), 4); };
    const int bad = static_cast<int>(ErrorCode::badInput), unsupported = static_cast<int>(ErrorCode::unsupported);
    QTest::newRow("empty") << 0 << QByteArray() << 0 << bad;
    QTest::newRow("half a header") << 0 << QByteArray() << 500 << bad;
    QTest::newRow("truncated values") << 0 << QByteArray() << 1100 << bad;
    QTest::newRow("not a map") << 53 << QByteArray("ABCD") << -1 << bad;
    QTest::newRow("negative size") << 1 << integer(-4) << -1 << bad;
    QTest::newRow("huge size") << 2 << integer(2000000000) << -1 << bad;
    QTest::newRow("no intervals") << 8 << integer(0) << -1 << bad;
    QTest::newRow("no cell") << 11 << real(0) << -1 << bad;
    QTest::newRow("axes twice") << 17 << integer(2) << -1 << bad;
    QTest::newRow("complex") << 4 << integer(4) << -1 << unsupported;
    QTest::newRow("oblique") << 15 << real(120) << -1 << unsupported;
    QTest::newRow("flat voxels") << 13 << real(99) << -1 << unsupported;
    QTest::newRow("not a number") << 257 << real(std::numeric_limits<float>::quiet_NaN()) << -1 << bad;
}

void TestMapFile::refusesBadFiles() {
    QFETCH(int, at);
    QFETCH(QByteArray, value);
    QFETCH(int, size);
    QFETCH(int, code);
    const std::string path = this->at("bad.mrc");
    writeMap(path, sample(4), {true});
    QByteArray b = bytesOf(path);
    if (at > 0)
        b.replace(4 * (at - 1), 4, value);
    if (size >= 0)
        b.truncate(size);
    writeBytes(path, b);
    expectError(static_cast<ErrorCode>(code), [&] { readMap(path); });
}

void TestMapFile::refusesBadMaps() {
    expectError(ErrorCode::notFound, [&] { readMap(at("nowhere.mrc")); });
    expectError(ErrorCode::badInput, [&] { readMap(m_folder.path().toStdString()); });
    expectError(ErrorCode::badInput, [&] { writeMap(at("empty.mrc"), DensityMap{}); });
    DensityMap map = sample(3);
    map.spacingAngstrom = 0;
    expectError(ErrorCode::badInput, [&] { writeMap(at("empty.mrc"), map); });
    QVERIFY(!QFile::exists(m_folder.filePath(QStringLiteral("empty.mrc"))));
}

void TestMapFile::doesNotOverwrite() {
    writeMap(at("kept.mrc"), sample(3));
    expectError(ErrorCode::exists, [&] { writeMap(at("kept.mrc"), sample(4)); });
    QCOMPARE(readMap(at("kept.mrc")).size(), std::size_t{3});
    writeMap(at("kept.mrc"), sample(4), {true});
    QCOMPARE(readMap(at("kept.mrc")).size(), std::size_t{4});
}

QTEST_APPLESS_MAIN(TestMapFile)
#include "tst_map_file.moc"
