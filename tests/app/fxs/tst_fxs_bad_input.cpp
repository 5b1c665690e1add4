#include "engine/io/correlation_file.h"
#include "engine/io/polar_run.h"
#include "tests/app/fxs/program_runner.h"
#include "tests/app/fxs/small_case.h"

#include <QTemporaryDir>
#include <QTest>

#include <functional>

using namespace fxs;
using namespace fxs::test;

/// Bad input at the program's door: each gets exit status 1 or 2 and a message that names the thing; nothing crashes, nothing is
/// left behind.
class TestFxsBadInput : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;

    QString place(const QString& name) const { return m_dir.filePath(name); }

    void write(const QString& name, const QByteArray& content) const {
        QFile file(place(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }

    /// The command fails with that status, and the message holds every part.
    void fails(const QStringList& arguments, int status, const QStringList& parts) const {
        const ProgramEnd end = runFxs(arguments);
        QVERIFY2(end.status == status, qPrintable(QString("status %1: %2").arg(end.status).arg(end.err)));
        QVERIFY2(end.err.startsWith("fxs " + arguments.first() + ": "), qPrintable(end.err));
        for (const QString& part : parts)
            QVERIFY2(end.err.contains(part), qPrintable(part + " in " + end.err));
        QVERIFY(end.out.isEmpty());
    }

private Q_SLOTS:
    void initTestCase() {
        const QString structure = writeSmallStructure(m_dir.path());
        QCOMPARE(runFxs(smallRun(structure, place("run.h5"), 64)).status, 0);
        QCOMPARE(runFxs({"correlate", place("run.h5"), "-o", place("c.h5")}).status, 0);
        const QByteArray whole = contentOf(place("run.h5"));
        write("truncated.h5", whole.left(whole.size() / 2));
        write("empty.h5", {});
        write("letter.txt", "Dear reader");
        write("empty.pdb", {});
        write("waters.pdb", "HETATM    1  O   HOH A   1       0.000   0.000   0.000  1.00 20.00           O  \nEND\n");
        write("broken.toml", "[correlate\nparity = even\n");
    }

    void badRuns_data() {
        QTest::addColumn<QString>("file");
        for (const char* name : {"truncated.h5", "empty.h5", "letter.txt", "absent.h5", "c.h5"})
            QTest::newRow(name) << name;
    }
    void badRuns() {
        QFETCH(QString, file);
        fails({"correlate", place(file), "-o", place("never.h5")}, 1, {file});
        QVERIFY(!QFile::exists(place("never.h5")));
    }

    void badCorrelations_data() { badRuns_data(); }
    void badCorrelations() {
        QFETCH(QString, file);
        const QString wrong = file == "c.h5" ? QString("run.h5") : file;
        fails({"filter", place(wrong), "-o", place("never.h5")}, 1, {wrong});
        fails({"reconstruct", place(file), "-o", place("never.h5")}, 1, {file});
        fails({"merge", place("c.h5"), place(wrong), "-o", place("never.h5")}, 1, {wrong});
        QVERIFY(!QFile::exists(place("never.h5")));
    }

    void badStructures_data() {
        QTest::addColumn<QString>("file");
        for (const char* name : {"empty.pdb", "waters.pdb", "letter.txt", "absent.pdb", "run.h5"})
            QTest::newRow(name) << name;
    }
    void badStructures() {
        QFETCH(QString, file);
        fails({"simulate", place(file), "-o", place("never.h5")}, 1, {file});
        QVERIFY(!QFile::exists(place("never.h5")));
    }

    void settingsThatDoNotFitTheData() {
        fails({"correlate", place("run.h5"), "-o", place("never.h5"), "--q-min", "0.5"}, 1, {"q"});
        fails({"correlate", place("run.h5"), "-o", place("never.h5"), "--mask", place("letter.txt")}, 1,
              {"letter.txt"});
        fails({"filter", place("c.h5"), "-o", place("never.h5"), "--diameter", "0"}, 2, {"diameter"});
        fails({"correlate", place("run.h5"), "-o", place("never.h5"), "--settings", place("broken.toml")}, 1,
              {"broken.toml"});
        fails({"correlate", place("run.h5"), "-o", place("never.h5"), "--settings", place("absent.toml")}, 1,
              {"absent.toml"});
    }

    void placesThatCannotBeWritten() {
        fails({"correlate", place("run.h5"), "-o", place("nofolder/c.h5")}, 1, {"nofolder"});
        fails({"simulate", place("small.pdb"), "-o", place("nofolder/r.h5")}, 1, {"nofolder"});
        fails({"analyse", place("run.h5"), "-o", place("letter.txt")}, 1, {"letter.txt"});
    }

    void aMissingSecondFileIsNamedBeforeAnyWork() {
        fails({"correlate", place("run.h5"), place("absent.h5"), "-o", place("never.h5")}, 1, {"absent.h5"});
    }

    void resumingWithOtherSettingsIsRefused() {
        fails({"correlate", place("run.h5"), "-o", place("c.h5"), "--resume", "--parity", "full"}, 1,
              {"c.h5", "parity"});
        fails({"correlate", place("run.h5"), "-o", place("c.h5"), "--resume", "--q-max", "0.1"}, 1, {"c.h5", "rings"});
        QCOMPARE(readCorrelation(place("c.h5").toStdString()).frameCount(), std::uint64_t(64));
    }

    void noTemporaryFileStays() {
        for (const QString& name : QDir(m_dir.path()).entryList(QDir::Files | QDir::Hidden))
            QVERIFY2(!name.contains("never"), qPrintable(name));
    }
};

QTEST_GUILESS_MAIN(TestFxsBadInput)
#include "tst_fxs_bad_input.moc"
