#include "engine/io/atomic_output.h"
#include "tests/engine/io/test_folder.h"

#include <QFile>

#include <csignal>
#include <fstream>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace fxs;

namespace {

QByteArray read(const std::string& path) {
    QFile file(QString::fromStdString(path));
    return file.open(QFile::ReadOnly) ? file.readAll() : QByteArray("(not there)");
}

void fill(const std::string& path, const char* text) {
    std::ofstream(path) << text;
}

} // namespace

class tst_atomic_output : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void appearsWhenWhole() {
        const TestFolder folder;
        const std::string path = folder.path("out");
        AtomicOutput output(path, {});
        fill(output.temporaryPath(), "half");
        QVERIFY(!QFile::exists(QString::fromStdString(path)));
        fill(output.temporaryPath(), "whole");
        output.commit();
        QCOMPARE(read(path), QByteArray("whole"));
        QCOMPARE(folder.files(), QStringList{"out"});
    }

    void leavesNothingWhenGivenUp() {
        const TestFolder folder;
        {
            AtomicOutput output(folder.path("out"), {});
            AtomicOutput moved(std::move(output)); // one owner: removed once
            QCOMPARE(folder.files().size(), 1);
        }
        QVERIFY(folder.files().isEmpty());
    }

    void replacesOnlyByForce() {
        const TestFolder folder;
        const std::string path = folder.path("out");
        writeTextFile(path, "old", {});
        QVERIFY(contains(errorOf([&] { writeTextFile(path, "new", {}); }),
                         "already there; it is replaced only with --force"));
        QCOMPARE(read(path), QByteArray("old"));
        writeTextFile(path, "new", {.force = true});
        QCOMPARE(read(path), QByteArray("new"));
        QCOMPARE(folder.files(), QStringList{"out"});
    }

    /// Another program made the file while ours was being written: it is not lost.
    void doesNotOverwriteALateComer() {
        const TestFolder folder;
        const std::string path = folder.path("out");
        AtomicOutput output(path, {});
        fill(output.temporaryPath(), "ours");
        fill(path, "theirs");
        QVERIFY(contains(errorOf([&] { output.commit(); }), "already there"));
        QCOMPARE(read(path), QByteArray("theirs"));
    }

    void keepsLinks() {
        const TestFolder folder;
        fill(folder.path("target"), "old");
        QVERIFY(symlink(folder.path("target").c_str(), folder.path("link").c_str()) == 0);
        writeTextFile(folder.path("link"), "new", {.force = true});
        QCOMPARE(read(folder.path("target")), QByteArray("new"));
        QVERIFY(QFileInfo(QString::fromStdString(folder.path("link"))).isSymLink());
    }

    void placesThatCannotBeWrittenTo() {
        const TestFolder folder;
        QVERIFY(contains(errorOf([&] { AtomicOutput(folder.path("no/out"), {}); }), "No such file or directory"));
        QVERIFY(contains(errorOf([&] { AtomicOutput(folder.path(""), {.force = true}); }), "a folder has that name"));
        QVERIFY(contains(errorOf([&] { AtomicOutput("", {}); }), "no name"));
        if (geteuid() == 0)
            QSKIP("root may write everywhere: a folder without permission cannot be made");
        chmod(folder.path("").c_str(), 0500);
        QVERIFY(contains(errorOf([&] { AtomicOutput(folder.path("out"), {}); }), "Permission denied"));
        chmod(folder.path("").c_str(), 0700);
    }

    void fullDisk() {
        const TestFolder folder;
        rlimit before{};
        getrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{1000, before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &small);
        const std::string message = errorOf([&] { writeTextFile(folder.path("out"), std::string(5000, 'x'), {}); });
        setrlimit(RLIMIT_FSIZE, &before);
        QVERIFY(contains(message, "writing " + folder.path("out") + ": File too large"));
        QVERIFY(folder.files().isEmpty());
    }
};

QTEST_APPLESS_MAIN(tst_atomic_output)
#include "tst_atomic_output.moc"
