#include "engine/io/hdf5.h"
#include "tests/engine/io/test_folder.h"

#include <QFile>
#include <QFileInfo>

#include <csignal>
#include <cstring>
#include <limits>
#include <thread>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace fxs;

namespace {

/// While it lives, no file of this process can grow beyond a size: what a full disk is to a program.
class SmallDisk {
public:
    explicit SmallDisk(rlim_t bytes) {
        getrlimit(RLIMIT_FSIZE, &m_before);
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{bytes, m_before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~SmallDisk() { setrlimit(RLIMIT_FSIZE, &m_before); }

private:
    rlimit m_before{};
};

} // namespace

class tst_hdf5 : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cleanup() { QCOMPARE(h5::openObjectCount(), std::size_t{0}); } // every test closes what it opened

    void handlesCloseOnce() {
        const TestFolder folder;
        {
            h5::File file = h5::File::create(folder.path("a.h5"));
            QCOMPARE(h5::openObjectCount(), std::size_t{2}); // the file and its root group
            h5::Group a = file.createGroup("a");
            h5::Group b = file.createGroup("b");
            QCOMPARE(h5::openObjectCount(), std::size_t{4});
            h5::Group moved = std::move(a);
            QCOMPARE(h5::openObjectCount(), std::size_t{4});
            moved = std::move(b); // closes what it held
            QCOMPARE(h5::openObjectCount(), std::size_t{3});
            QCOMPARE(moved.path(), std::string("/b"));
            h5::Group& alias = moved;
            moved = std::move(alias); // to itself: nothing happens
            QCOMPARE(h5::openObjectCount(), std::size_t{3});
            h5::Dataset d = file.writeScalar("d", 1.5);
            QCOMPARE(h5::openObjectCount(), std::size_t{4});
            h5::Dataset e = std::move(d);
            QCOMPARE(e.readScalar<double>(), 1.5);
            QVERIFY(contains(errorOf([&] { file.close(); }), "still open"));
        }
        QCOMPARE(h5::openObjectCount(), std::size_t{0});
        h5::FileHandle none;
        QVERIFY(!none && none.close());
        h5::GroupHandle wrong(h5::Id{12345678}); // no id of HDF5's: refused, and not tried again
        QVERIFY(!wrong.close());
        QVERIFY(wrong.close());
    }

    void numbersRoundTrip() {
        const TestFolder folder;
        const std::string path = folder.path("a.h5");
        const auto check = [&](auto value) {
            using T = decltype(value);
            const std::vector<T> values{std::numeric_limits<T>::lowest(), std::numeric_limits<T>::max(), T{1}};
            {
                h5::File file = h5::File::create(path);
                file.writeVector("x", values);
                file.writeScalar("s", value);
                file.close();
            }
            const h5::File file = h5::File::open(path);
            QVERIFY(file.dataset("x").readVector<T>() == values);
            QCOMPARE(file.dataset("s").readScalar<T>(), value);
            QVERIFY(file.dataset("x").isNumeric());
        };
        check(std::int8_t{-3});
        check(std::uint8_t{200});
        check(std::int16_t{-300});
        check(std::uint16_t{60000});
        check(std::int32_t{-70000});
        check(std::uint32_t{4000000000u});
        check(std::int64_t{-5000000000});
        check(std::uint64_t{18000000000000000000u});
        check(0.1f);
        check(0.1);
    }

    void textsAndAttributes() {
        const TestFolder folder;
        const std::string path = folder.path("a.h5");
        const std::string odd = "Å, \"quoted\"\nsecond line \\";
        {
            h5::File file = h5::File::create(path);
            file.writeText("t", odd).setAttribute("units", "1/Å");
            file.writeText("empty", "");
            file.writeTexts("list", {"a", "", "ccc"});
            file.writeTexts("none", {});
            file.setAttribute("axes", std::vector<std::string>{".", "q"});
            file.setAttribute("number", 2.5);
            file.setAttribute("number", 3.5); // again: replaced
            file.close();
        }
        const h5::File file = h5::File::open(path);
        QCOMPARE(file.dataset("t").readText(), odd);
        QCOMPARE(*file.dataset("t").textAttribute("units"), std::string("1/Å"));
        QCOMPARE(file.dataset("empty").readText(), std::string());
        QVERIFY(file.dataset("list").readTexts() == (std::vector<std::string>{"a", "", "ccc"}));
        QVERIFY(file.dataset("none").readTexts().empty());
        QCOMPARE(*file.numberAttribute("number"), 3.5);
        QVERIFY(!file.textAttribute("number") && !file.numberAttribute("nothing") && !file.textAttribute("axes"));
        QVERIFY(contains(errorOf([&] { file.dataset("t").readScalar<double>(); }), "holds text, expected numbers"));
        QVERIFY(contains(errorOf([&] { file.dataset("list").readText(); }), "has 3 values (shape 3), expected one"));
    }

    void readsWhatH5pyWrites() {
        if (!hasPython())
            QSKIP("python3 with h5py is not installed");
        const TestFolder folder;
        const std::string path = folder.path("a.h5");
        QVERIFY(runPython(
            "import h5py, numpy as n\nf=h5py.File('" + path +
            "','w')\nf['fixed']=n.bytes_('abc')\nf['var']='grün'\nf['bool']=n.array([True,False])\n"
            "f['z']=n.array([1+2j,3-4j],'c8')\nf['be']=n.arange(3,dtype='>i4')\nf['half']=n.array([1.5],'f2')\n"
            "f.create_dataset('gz',data=n.arange(10000,dtype='u2').reshape(100,100),chunks=(10,100),compression='gzip',"
            "shuffle=True)\nf['soft']=h5py.SoftLink('/gz')\nf['lost']=h5py.SoftLink('/nowhere')\n"
            "f['far']=h5py.ExternalLink('none.h5','/"
            "x')\nf['fixed'].attrs['u']=n.bytes_('m')\nf['var'].attrs['n']=7\n"));
        const h5::File file = h5::File::open(path);
        QCOMPARE(file.dataset("fixed").readText(), std::string("abc"));
        QCOMPARE(*file.dataset("fixed").textAttribute("u"), std::string("m"));
        QCOMPARE(file.dataset("var").readText(), std::string("grün"));
        QCOMPARE(*file.dataset("var").numberAttribute("n"), 7.0);
        QCOMPARE(file.dataset("bool").valueType(), std::string("boolean"));
        QVERIFY(file.dataset("bool").readVector<std::uint8_t>() == (std::vector<std::uint8_t>{1, 0}));
        QVERIFY(file.dataset("z").readComplex() == (std::vector<double>{1, 2, 3, -4}));
        QVERIFY(file.dataset("be").readVector<std::int64_t>() == (std::vector<std::int64_t>{0, 1, 2}));
        QVERIFY(file.dataset("be").readComplex() == (std::vector<double>{0, 0, 1, 0, 2, 0}));
        QCOMPARE(file.dataset("half").readScalar<float>(), 1.5f);
        const h5::Dataset gz = file.dataset("soft");
        QVERIFY(gz.filters() == (std::vector<std::string>{"shuffle", "gzip"}));
        QVERIFY(gz.chunk() == (h5::Extent{10, 100}));
        const auto values = gz.read<float, 2>();
        QCOMPARE(values(99, 98), 9998.0f);
        std::array<std::uint16_t, 4> block{};
        gz.readBlock({98, 50}, {2, 2}, block.data());
        QCOMPARE(block[3], std::uint16_t{9951});
        QVERIFY(contains(errorOf([&] {
                             gz.readBlock({99, 0}, {2, 1}, block.data());
                         }),
                         "has 100 entries along axis 0, expected at least 101"));
        QVERIFY(contains(errorOf([&] { gz.read<float, 3>(); }), "has 2 axes (shape 100 x 100), expected 3"));
        QVERIFY(contains(errorOf([&] { file.dataset("lost"); }), "is a link to /nowhere, which is not there"));
        QVERIFY(contains(errorOf([&] { file.dataset("far"); }), "/x in file none.h5"));
        QVERIFY(!file.has("lost") && file.has("soft"));
        QVERIFY(contains(errorOf([&] { file.group("gz"); }), "is a dataset, expected a group"));
        QVERIFY(contains(errorOf([&] { file.dataset("/"); }), "is a group, expected a dataset"));
        QVERIFY(contains(errorOf([&] { file.dataset("a/b/c"); }), "dataset a/b/c is not in"));
    }

    void missingFilterIsNamed() {
        if (!hasPython())
            QSKIP("python3 with h5py is not installed");
        const TestFolder folder;
        const std::string path = folder.path("a.h5");
        // A chunk as a bitshuffle filter would have left it: h5py writes it raw, so the plugin is needed for reading only.
        QVERIFY(runPython("import h5py, numpy as n\nf=h5py.File('" + path +
                          "','w')\np=h5py.h5p.create(h5py.h5p.DATASET_CREATE)\np.set_chunk((4,4))\n"
                          "p.set_filter(32099,h5py.h5z.FLAG_OPTIONAL,())\n"
                          "s=h5py.h5s.create_simple((4,4))\nd=h5py.h5d.create(f.id,b'x',h5py.h5t.NATIVE_FLOAT,s,p)\n"
                          "d.write_direct_chunk((0,0),b'0'*64,0)\n"));
        const h5::File file = h5::File::open(path);
        QVERIFY(file.dataset("x").filters() == (std::vector<std::string>{"filter 32099 (not installed)"}));
        const std::string message = errorOf([&] { file.dataset("x").read<float, 2>(); });
        QVERIFY(contains(message, "dataset /x of " + path + " is compressed with filter 32099"));
        QVERIFY(contains(message, "plugin is not installed"));
    }

    void virtualSourcesThatAreMissing() {
        if (!hasPython())
            QSKIP("python3 with h5py is not installed");
        const TestFolder folder;
        const std::string path = folder.path("v.h5");
        QVERIFY(runPython(
            "import h5py, numpy as n, os\nos.chdir('" + folder.path("") +
            "')\ng=h5py.File('a.h5','w')\ng['x']=n.ones(4)\ng.close()\n"
            "l=h5py.VirtualLayout((2,4),'f8')\nl[0]=h5py.VirtualSource('a.h5','x',(4,))\n"
            "l[1]=h5py.VirtualSource('b.h5','x',(4,))\nf=h5py.File('v.h5','w')\nf.create_virtual_dataset('v',l)\n"));
        const h5::File file = h5::File::open(path);
        QVERIFY(file.dataset("v").missingSources() == (std::vector<std::string>{"b.h5"}));
    }

    void filesThatCannotBeOpened() {
        const TestFolder folder;
        const auto open = [](const std::string& path) { return errorOf([&] { h5::File::open(path); }); };
        QVERIFY(contains(open(folder.path("none.h5")), "there is no such file"));
        QVERIFY(contains(open(folder.path("")), "it is a folder"));
        const auto write = [&](const std::string& name, const QByteArray& bytes) {
            QFile file(QString::fromStdString(folder.path(name)));
            file.open(QFile::WriteOnly);
            file.write(bytes);
            return file.fileName().toStdString();
        };
        QVERIFY(contains(open(write("text", "HEADER    CHAPERONIN")), "not an HDF5 file"));
        QVERIFY(contains(open(write("empty", "")), "the file is empty"));

        const std::string whole = folder.path("whole.h5");
        {
            h5::File file = h5::File::create(whole);
            file.writeVector("x", std::vector<double>(10000, 1.0));
            file.close();
        }
        QFile source(QString::fromStdString(whole));
        QVERIFY(source.open(QFile::ReadOnly));
        const QByteArray bytes = source.readAll();
        QVERIFY(contains(open(write("cut.h5", bytes.left(bytes.size() / 2))), "truncated file"));
        QVERIFY(contains(open(write("head.h5", bytes.left(20))), "opening"));
        QByteArray damaged = bytes;
        damaged.replace(40, 400, QByteArray(400, '\x5a'));
        QVERIFY(contains(open(write("damaged.h5", damaged)), "damaged.h5"));
        if (geteuid() == 0)
            QSKIP("root may read everything: files without permission cannot be made");
        chmod(whole.c_str(), 0);
        QVERIFY(contains(open(whole), "Permission denied"));
    }

    /// A full disk is an Error that says so, at the latest when the file is closed, and everything is closed after it.
    void fullDisk_data() {
        QTest::addColumn<bool>("chunked");
        QTest::newRow("whole") << false;
        QTest::newRow("chunked") << true;
    }
    void fullDisk() {
        QFETCH(bool, chunked);
        const TestFolder folder;
        const SmallDisk disk(256 * 1024);
        const Array<double, 2> values({1000, 300}); // 2.4 MB
        const std::string message = errorOf([&] {
            h5::File file = h5::File::create(folder.path("a.h5"));
            file.write("x", values, chunked ? h5::Storage{.chunk = {10, 300}} : h5::Storage{});
            file.close();
        });
        QVERIFY(contains(message, "the file would be larger than the system allows"));
        QVERIFY(contains(message, "a.h5"));
    }

    /// The write that fails is one of the last, when the file is closed: told, and still everything closes.
    void fullDiskAtTheEnd() {
        const TestFolder folder;
        const std::string path = folder.path("a.h5");
        const SmallDisk disk(20 * 1024);
        const std::string message = errorOf([&] {
            h5::File file = h5::File::create(path);
            for (int i = 0; i < 200; ++i) // small enough to stay in HDF5's memory until then
                file.createGroup("group" + std::to_string(i));
            QVERIFY(QFileInfo(QString::fromStdString(path)).size() < 20 * 1024);
            file.close();
        });
        QVERIFY(contains(message, "the file would be larger than the system allows"));
        {
            h5::File dropped =
                h5::File::create(path); // the same without close(): a destructor cannot tell, but must let go
            for (int i = 0; i < 200; ++i)
                dropped.createGroup("group" + std::to_string(i));
        }
        QCOMPARE(h5::openObjectCount(), std::size_t{0});
    }

    /// The error stack belongs to the thread: nothing is printed from another one, and the message is the right one.
    void errorsOfOtherThreads() {
        const TestFolder folder;
        std::string message;
        std::thread([&] { message = errorOf([&] { h5::File::create(folder.path("no/such/folder.h5")); }); }).join();
        QVERIFY(contains(message, "No such file or directory"));
    }
};

QTEST_APPLESS_MAIN(tst_hdf5)
#include "tst_hdf5.moc"
