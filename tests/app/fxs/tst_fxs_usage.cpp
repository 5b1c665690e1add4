#include "tests/app/fxs/program_runner.h"

#include <QTemporaryDir>
#include <QTest>

using namespace fxs::test;

/// What every command promises, whatever it does.
class TestFxsUsage : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void helpAndVersion() {
        QCOMPARE(runFxs({"--version"}).status, 0);
        QVERIFY(runFxs({"--version"}).out.startsWith("fxs "));
        const ProgramEnd help = runFxs({"--help"});
        QCOMPARE(help.status, 0);
        QVERIFY(help.err.isEmpty());
        const ProgramEnd inspect = runFxs({"inspect", "--help"});
        QCOMPARE(inspect.status, 0);
        QVERIFY(inspect.out.contains("--json") && inspect.out.contains("--settings") &&
                inspect.out.contains("--threads"));
    }

    void wrongLines_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("nothing") << QStringList{};
        QTest::newRow("no such command") << QStringList{"dance"};
        QTest::newRow("no such option") << QStringList{"inspect", "a.h5", "--sideways"};
        QTest::newRow("no run") << QStringList{"inspect"};
        QTest::newRow("wrong value") << QStringList{"inspect", "a.h5", "--wavelength", "long"};
        QTest::newRow("wrong thread count") << QStringList{"inspect", "a.h5", "--threads", "0"};
    }
    void wrongLines() {
        QFETCH(QStringList, arguments);
        const ProgramEnd end = runFxs(arguments);
        QCOMPARE(end.status, 2);
        QVERIFY(end.out.isEmpty());
        QVERIFY2(end.err.startsWith("fxs") && end.err.contains("--help"), qPrintable(end.err));
    }

    void aMissingFileFailsWithItsName() {
        const ProgramEnd end = runFxs({"inspect", "/no/such/run.h5"});
        QCOMPARE(end.status, 1);
        QVERIFY(end.out.isEmpty());
        QVERIFY2(end.err.startsWith("fxs inspect: ") && end.err.contains("/no/such/run.h5"), qPrintable(end.err));
    }

    void failureIsADocumentToo() {
        const ProgramEnd end = runFxs({"inspect", "--json", "/no/such/run.h5"});
        QCOMPARE(end.status, 1);
        const auto document = end.json();
        QVERIFY(document.is_object());
        QCOMPARE(document["command"].get<std::string>(), std::string("inspect"));
        QCOMPARE(document["status"].get<std::string>(), std::string("failed"));
        QVERIFY(document["message"].get<std::string>().find("/no/such/run.h5") != std::string::npos);
    }

    void aWrongSettingsFileIsWrongUsage() {
        QTemporaryDir dir;
        QFile file(dir.filePath("s.toml"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("[input]\nwavelenght = 1\n");
        file.close();
        const ProgramEnd end = runFxs({"inspect", "a.h5", "--settings", file.fileName()});
        QCOMPARE(end.status, 2);
        QVERIFY2(end.err.contains("wavelenght"), qPrintable(end.err));
    }

    void theBenchmarkTellsItsFigures() {
        const ProgramEnd end = runFxs({"benchmark", "--json", "--repetitions", "1"}, 200);
        QVERIFY2(end.status == 0, qPrintable(end.err));
        const auto document = end.json();
        QVERIFY(document.is_object());
        for (const char* kind : {"even", "full", "even_band_limited", "full_band_limited"})
            QVERIFY(document["correlation"][kind]["images_per_second"].get<double>() > 0);
        for (const char* key : {"sgemm_gflops", "filter_seconds", "peak_memory_megabytes", "threads"})
            QVERIFY2(document[key].get<double>() > 0, key);
    }

    void aForeignFileSaysWhatWasLookedFor() {
        QTemporaryDir dir;
        QFile file(dir.filePath("letter.h5"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("Dear reader");
        file.close();
        const ProgramEnd end = runFxs({"inspect", file.fileName()});
        QCOMPARE(end.status, 1);
        QVERIFY2(end.err.contains("letter.h5") && end.err.contains("HDF5"), qPrintable(end.err));
    }
};

QTEST_GUILESS_MAIN(TestFxsUsage)
#include "tst_fxs_usage.moc"
