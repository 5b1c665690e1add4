#include "engine/io/coefficients_file.h"
#include "engine/io/correlation_file.h"
#include "engine/io/density_file.h"
#include "tests/app/fxs/program_runner.h"
#include "tests/app/fxs/small_case.h"
#include "tests/engine/same_bits.h"

#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

using namespace fxs;
using namespace fxs::test;

/// The whole chain by the program, on a particle so small that it takes seconds.
class TestFxsChain : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    QString m_structure;

    QString place(const QString& name) const { return m_dir.filePath(name); }
    ProgramEnd run(QStringList arguments) const { return runFxs(arguments << "--json"); }

private Q_SLOTS:
    void initTestCase() {
        m_structure = writeSmallStructure(m_dir.path());
        const ProgramEnd end = run(smallRun(m_structure, place("run.h5"), 600));
        QVERIFY2(end.status == 0, qPrintable(end.err));
        QCOMPARE(end.json()["images"].get<int>(), 600);
    }

    void inspectSaysWhatTheRunIs() {
        const ProgramEnd end = run({"inspect", place("run.h5")});
        QVERIFY2(end.status == 0, qPrintable(end.err));
        const auto description = end.json()["run"];
        QCOMPARE(description["frames"].get<int>(), 600);
        QCOMPARE(description["polar"]["rings"].get<int>(), 32);
    }

    void theChainEndsInADensity() {
        ProgramEnd end = run({"correlate", place("run.h5"), "-o", place("c.h5")});
        QVERIFY2(end.status == 0, qPrintable(end.err));
        QCOMPARE(end.json()["correlation"]["frames"].get<int>(), 600);
        end = run({"filter", place("c.h5"), "-o", place("b.h5"), "--diameter", "66"});
        QVERIFY2(end.status == 0, qPrintable(end.err));
        QCOMPARE(end.json()["coefficients"]["diameter_angstrom"].get<double>(), 66.0);
        end = run({"reconstruct", place("b.h5"), "-o", place("d.h5"), "--map", place("d.mrc"), "--restarts", "2"});
        QVERIFY2(end.status == 0, qPrintable(end.err));
        QCOMPARE(end.json()["density"]["restarts"].size(), std::size_t(2));
        QVERIFY(contentOf(place("d.mrc")).mid(208, 4) == "MAP ");
        end = run({"compare", place("d.h5"), m_structure});
        QVERIFY2(end.status == 0, qPrintable(end.err));
        // 600 images of a particle of q_max D = 12 fix it well; a wrong density has a mean FSC below 0.5.
        QVERIFY2(end.json()["fsc"]["mean"].get<double>() > 0.7, qPrintable(end.out));
        end = run({"compare", place("d.mrc"), place("d.h5")});
        QVERIFY2(end.status == 0, qPrintable(end.err));
        QVERIFY2(end.json()["fsc"]["mean"].get<double>() > 0.95, qPrintable(end.out));
    }

    void anExistingOutputIsKeptWithoutForce() {
        QFile file(place("kept.h5"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("mine");
        file.close();
        const ProgramEnd refused = run({"correlate", place("run.h5"), "-o", place("kept.h5")});
        QCOMPARE(refused.status, 1);
        QVERIFY2(refused.err.contains("kept.h5") && refused.err.contains("--force"), qPrintable(refused.err));
        QCOMPARE(contentOf(place("kept.h5")), QByteArray("mine"));
        QCOMPARE(run({"correlate", place("run.h5"), "-o", place("kept.h5"), "--force"}).status, 0);
    }

    void theInputIsNeverWrittenTo() {
        const QByteArray before = contentOf(place("run.h5"));
        const ProgramEnd end = run({"correlate", place("run.h5"), "-o", place("run.h5"), "--force"});
        QCOMPARE(end.status, 1);
        QVERIFY2(end.err.contains("input"), qPrintable(end.err));
        QVERIFY(contentOf(place("run.h5")) == before);
    }

    void anyNumberOfThreadsGivesTheSameBits() {
        for (const char* threads : {"1", "2"})
            for (const QStringList& command :
                 {QStringList{"correlate", place("run.h5"), "-o", place(QString("c%1.h5").arg(threads))},
                  QStringList{"filter", place(QString("c%1.h5").arg(threads)), "-o",
                              place(QString("b%1.h5").arg(threads)), "--diameter", "66"},
                  QStringList{"reconstruct", place(QString("b%1.h5").arg(threads)), "-o",
                              place(QString("d%1.h5").arg(threads)), "--restarts", "2", "--recipe", "basic",
                              "--half-sets", "none"}}) {
                const ProgramEnd end = run(QStringList(command) << "--threads" << threads);
                QVERIFY2(end.status == 0, qPrintable(end.err));
            }
        const auto path = [&](const char* name) { return place(name).toStdString(); };
        QVERIFY(sameBits(readCorrelation(path("c1.h5")), readCorrelation(path("c2.h5"))));
        QVERIFY(sameBits(readCoefficients(path("b1.h5")).all.bl, readCoefficients(path("b2.h5")).all.bl));
        const Reconstruction one = readDensity(path("d1.h5")), two = readDensity(path("d2.h5"));
        QVERIFY(sameBits(one.spherical.lm, two.spherical.lm));
    }

    void aSettingsFileGivesOptionsAndTheLineWins() {
        QFile file(place("s.toml"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("[correlate]\nparity = \"full\"\nmax-harmonic = 9\n[filter]\ndiameter = 70\n");
        file.close();
        ProgramEnd end = run({"correlate", place("run.h5"), "-o", place("cs.h5"), "--settings", place("s.toml")});
        QVERIFY2(end.status == 0, qPrintable(end.err));
        QCOMPARE(end.json()["correlation"]["parity"].get<std::string>(), std::string("full"));
        QCOMPARE(end.json()["correlation"]["harmonics"].get<int>(), 10);
        end = run({"correlate", place("run.h5"), "-o", place("cs.h5"), "--settings", place("s.toml"), "--parity",
                   "even", "--force"});
        QCOMPARE(end.json()["correlation"]["parity"].get<std::string>(), std::string("even"));
    }

    void analyseDoesAllAndReports() {
        const ProgramEnd end = run({"analyse", place("run.h5"), "-o", place("result"), "--diameter", "66", "--restarts",
                                    "2", "--symmetry", "C1"});
        QVERIFY2(end.status == 0, qPrintable(end.err));
        for (const char* key : {"correlation", "coefficients", "density"})
            QVERIFY(end.json().contains(key));
        for (const char* name : {"CORRELATION.h5", "COEFFICIENTS.h5", "DENSITY.h5", "REPORT.md", "report.json"})
            QVERIFY2(QFile::exists(place("result/") + name), name);
        QVERIFY(contentOf(place("result/REPORT.md")).contains("fxs analyse"));
        QCOMPARE(run({"analyse", place("run.h5"), "-o", place("result"), "--diameter", "66"}).status, 1);
    }

    /// GroEL has 14 equal rotations and is almost its own mirror image at low q: the right hand must not lose its place among them.
    void aSymmetricStructureIsItself() {
        const QString groel = QStringLiteral(FXS_SOURCE_DIR "/resources/structures/1oel.pdb.gz");
        const ProgramEnd end = run({"compare", groel, groel, "--q-max", "0.15"});
        QVERIFY2(end.status == 0, qPrintable(end.err));
        QVERIFY(!end.json()["alignment"]["mirrored"].get<bool>());
        // The refinement ends some hundredths of a degree off; the mirror image has 0.93.
        QVERIFY2(end.json()["fsc"]["mean"].get<double>() > 0.99, qPrintable(end.out));
    }

    void rawFramesOfADetectorTakeTheSameWay() {
        QFile geometry(place("g.toml"));
        QVERIFY(geometry.open(QIODevice::WriteOnly));
        geometry.write("[geometry]\ndistance = 0.5\npixel-size = 400e-6\nslow = 128\nfast = 128\n");
        geometry.close();
        ProgramEnd end = run({"simulate", m_structure, "-o", place("raw.cxi"), "--geometry", place("g.toml"),
                              "--images", "200", "--q-max", "0.2"});
        QVERIFY2(end.status == 0, qPrintable(end.err));
        end = run({"inspect", place("raw.cxi")});
        QCOMPARE(end.json()["run"]["frame"]["slow"].get<int>(), 128);
        end = run({"correlate", place("raw.cxi"), "-o", place("craw.h5"), "--q-min", "0.02", "--q-max", "0.18",
                   "--q-bins", "20", "--phi-bins", "64"});
        QVERIFY2(end.status == 0, qPrintable(end.err));
        QCOMPARE(end.json()["correlation"]["frames"].get<int>(), 200);
        end = run({"correlate", place("raw.cxi"), "-o", place("cfar.h5"), "--q-max", "3"});
        QCOMPARE(end.status, 1);
        QVERIFY2(end.err.contains("q"), qPrintable(end.err));
    }

    void mergingHalvesIsTheWhole() {
        for (const char* seed : {"1", "2"}) {
            QStringList line = smallRun(m_structure, place(QString("part%1.h5").arg(seed)), 256);
            line[line.size() - 1] = seed;
            QCOMPARE(run(line).status, 0);
            QCOMPARE(
                run({"correlate", place(QString("part%1.h5").arg(seed)), "-o", place(QString("cp%1.h5").arg(seed))})
                    .status,
                0);
        }
        const ProgramEnd end = run({"merge", place("cp1.h5"), place("cp2.h5"), "-o", place("cm.h5")});
        QVERIFY2(end.status == 0, qPrintable(end.err));
        QCOMPARE(readCorrelation(place("cm.h5").toStdString()).frameCount(), std::uint64_t(512));
        const ProgramEnd foreign = run({"merge", place("cp1.h5"), place("cs.h5"), "-o", place("cx.h5")});
        QCOMPARE(foreign.status, 1);
    }
};

QTEST_GUILESS_MAIN(TestFxsChain)
#include "tst_fxs_chain.moc"
