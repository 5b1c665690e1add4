#include "engine/io/mask_file.h"

#include "tests/engine/io/test_folder.h"

#include <filesystem>
#include <random>

using namespace fxs;

namespace {

Array<std::uint8_t, 3> randomMask(const std::array<std::size_t, 3>& shape) {
    std::mt19937 random(7);
    Array<std::uint8_t, 3> mask(shape);
    for (std::uint8_t& v : mask.span())
        v = random() % 3 != 0;
    return mask;
}

} // namespace

class tst_mask_file : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void roundTrip_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("panels");
        for (const char* name : {"mask.h5", "mask.npy"})
            for (const int panels : {1, 3})
                QTest::addRow("%s, %d panels", name, panels) << QString(name) << panels;
    }
    /// What is written is read back bit for bit, here and by another reader.
    void roundTrip() {
        QFETCH(QString, name);
        QFETCH(int, panels);
        const TestFolder folder;
        const std::string path = folder.path(name.toStdString());
        const std::array<std::size_t, 3> shape{static_cast<std::size_t>(panels), 37, 23};
        const auto mask = randomMask(shape);
        writeMaskFile(path, mask);
        const auto back = readMask(path, "auto", shape);
        QVERIFY(std::ranges::equal(back.span(), mask.span()));
        QCOMPARE(readMaskFile(path).shape.size(), panels == 1 ? std::size_t{2} : std::size_t{3});
        QCOMPARE(folder.files().size(), 1);

        if (!hasPython())
            QSKIP("no h5py here");
        const std::string load =
            name.endsWith("npy") ? "n.load('" + path + "')" : "h5py.File('" + path + "')['mask'][()]";
        const std::string expected = panels == 1 ? "(37,23)" : "(3,37,23)";
        const auto zeros = std::ranges::count(mask.span(), 0);
        QVERIFY(runPython("import h5py, numpy as n\nm=" + load + "\nassert m.shape==" + expected +
                          " and m.dtype=='u1'\nassert (m==0).sum()==" + std::to_string(zeros) +
                          " and set(n.unique(m))=={0,1}\nassert m.flat[5]==" + std::to_string(mask.data()[5]) + "\n"));
        if (name.endsWith("h5"))
            QVERIFY(runPython("import h5py\nf=h5py.File('" + path +
                              "')\ng=f[f.attrs['default']]\nd=g[g.attrs['default']]\nassert "
                              "d[d.attrs['signal']].shape==" +
                              expected + "\nassert 'provenance' in g\n"));
    }

    /// An image that Python wrote, of one shape with the detector's panels in a stack.
    void readsPngStacked() {
        const TestFolder folder;
        const std::string path = folder.path("mask.png");
        QVERIFY(
            runPython("import zlib,struct\nw,h=5,8\nrows=b''.join(b'\\0'+bytes(255 if (x+2*y)%3 else 0 for x in "
                      "range(w)) for y in range(h))\ndef chunk(t,d): return "
                      "struct.pack('>I',len(d))+t+d+struct.pack('>I',zlib.crc32(t+d))\nopen('" +
                      path +
                      "','wb').write(b'\\x89PNG\\r\\n\\x1a\\n'+chunk(b'IHDR',struct.pack('>IIBBBBB',w,h,8,0,0,0,0))+"
                      "chunk(b'IDAT',zlib.compress(rows))+chunk(b'IEND',b''))\n"));
        const auto mask = readMask(path, "auto", {2, 4, 5});
        for (std::size_t y = 0; y < 8; ++y)
            for (std::size_t x = 0; x < 5; ++x)
                QCOMPARE(int(mask(y / 4, y % 4, x)), int((x + 2 * y) % 3 != 0));
        QVERIFY(contains(errorOf([&] { readMask(path, "auto", {1, 5, 8}); }), "is 8 x 5, expected 1 x 5 x 8"));
        QFile file(QString::fromStdString(path));
        QVERIFY(file.resize(40));
        QVERIFY(contains(errorOf([&] { readMask(path, "auto", {2, 4, 5}); }), "the PNG image cannot be decoded"));
    }

    void refusals() {
        const TestFolder folder;
        const auto mask = randomMask({2, 4, 5});
        const std::string path = folder.path("mask.h5");
        writeMaskFile(path, mask);
        QVERIFY(contains(errorOf([&] { writeMaskFile(path, mask); }), "already there"));
        writeMaskFile(path, mask, {.force = true});
        QVERIFY(contains(errorOf([&] { readMask(path, "auto", {2, 5, 4}); }), "is 2 x 4 x 5, expected 2 x 5 x 4"));
        QVERIFY(contains(errorOf([&] { readMask(path, "sideways", {2, 4, 5}); }), "sideways"));
        QVERIFY(
            contains(errorOf([&] { writeMaskFile(folder.path("empty.npy"), Array<std::uint8_t, 3>()); }), "no pixels"));
        QVERIFY(contains(errorOf([&] { writeMaskFile(folder.path("no/where.h5"), mask); }), "writing mask"));
        QCOMPARE(folder.files().size(), 1);
        // A mask without a valid pixel is for the editor to show and for the job to refuse.
        writeMaskFile(path, Array<std::uint8_t, 3>({2, 4, 5}), {.force = true});
        QCOMPARE(std::ranges::count(readMask(path, "one-is-valid", {2, 4, 5}).span(), 0), 40);
        QCOMPARE(std::ranges::count(readMask(path, "zero-is-valid", {2, 4, 5}).span(), 1), 40);
    }
};

QTEST_APPLESS_MAIN(tst_mask_file)
#include "tst_mask_file.moc"
