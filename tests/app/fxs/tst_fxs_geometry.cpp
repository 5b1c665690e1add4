#include "engine/io/coefficients_file.h"
#include "tests/app/fxs/program_runner.h"
#include "tests/app/fxs/small_case.h"

#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace fxs;
using namespace fxs::test;

namespace {

/// Four slightly turned panels with gaps between them in one array of 96 x 96 pixels, and a beam stop.
QByteArray fourPanels() {
    QByteArray text = "photon_energy = 8000\nclen = 0.4\nres = 2500\ndim0 = %\ndim1 = ss\ndim2 = fs\n";
    for (int i = 0; i < 4; ++i) {
        const int right = i % 2, up = i / 2;
        const double turn = 0.01 * (i - 1.3), c = std::cos(turn), s = std::sin(turn);
        text += QString("p%1/min_fs = %2\np%1/max_fs = %3\np%1/min_ss = %4\np%1/max_ss = %5\n")
                    .arg(i)
                    .arg(48 * right)
                    .arg(48 * right + 47)
                    .arg(48 * up)
                    .arg(48 * up + 47)
                    .toUtf8();
        text += QString("p%1/corner_x = %2\np%1/corner_y = %3\np%1/fs = %4x %5y\np%1/ss = %6x %7y\n")
                    .arg(i)
                    .arg(right ? 2.0 : -50.5)
                    .arg(up ? 1.5 : -50.0)
                    .arg(c, 0, 'f', 8)
                    .arg(QString("%1%2").arg(s < 0 ? "" : "+").arg(s, 0, 'f', 8))
                    .arg(-s, 0, 'f', 8)
                    .arg(QString("+%1").arg(c, 0, 'f', 8))
                    .toUtf8();
    }
    return text + "badstop/min_x = -6\nbadstop/max_x = 6\nbadstop/min_y = -6\nbadstop/max_y = 6\n";
}

double relative(const Array<double, 3>& a, const Array<double, 3>& b, double scale, std::size_t l) {
    double difference = 0, norm = 0;
    for (std::size_t i = 0; i < b.extent(1); ++i)
        for (std::size_t j = 0; j < b.extent(2); ++j) {
            difference += std::pow(a(l, i, j) * scale - b(l, i, j), 2);
            norm += std::pow(b(l, i, j), 2);
        }
    return std::sqrt(difference / norm);
}

} // namespace

/// Detector frames by the program: simulated with a CrystFEL geometry, correlated, filtered, refined.
class TestFxsGeometry : public QObject {
    Q_OBJECT
    QTemporaryDir m_dir;
    QString m_structure;

    QString place(const QString& name) const { return m_dir.filePath(name); }
    void run(QStringList arguments, nlohmann::json* report = nullptr) const {
        const ProgramEnd end = runFxs(arguments << "--json");
        QVERIFY2(end.status == 0, qPrintable(end.err));
        if (report)
            *report = end.json();
    }
    QStringList grid() const { return {"--q-min", "0.03", "--q-max", "0.19", "--q-bins", "28", "--phi-bins", "64"}; }

private Q_SLOTS:
    void initTestCase() {
        m_structure = writeSmallStructure(m_dir.path());
        QFile file(place("four.geom"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(fourPanels());
        file.close();
        run({"simulate", m_structure, "-o", place("frames.h5"), "--geometry", place("four.geom"), "--images", "1500",
             "--photons", "100000", "--q-max", "0.25", "--seed", "7"});
        run(QStringList{"simulate", m_structure, "-o", place("polar.h5"), "--images", "1500", "--seed", "7"} + grid());
    }

    /// B_l of counted photons on four panels agree with those of noise-free polar images of the same molecules within the
    /// noise that the frames' own halves show.
    void framesGiveTheCoefficientsOfThePolarRun() {
        const QStringList band{"--diameter", "66"};
        run(QStringList{"correlate", place("frames.h5"), "-o", place("cf.h5"), "--photons-per-unit", "1"} + grid() +
            band);
        run(QStringList{"correlate", place("polar.h5"), "-o", place("cp.h5")} + band);
        run(QStringList{"filter", place("cf.h5"), "-o", place("bf.h5")} + band);
        run(QStringList{"filter", place("cp.h5"), "-o", place("bp.h5")} + band);
        const FilterResult frames = readCoefficients(place("bf.h5").toStdString());
        const FilterResult polar = readCoefficients(place("bp.h5").toStdString());
        QVERIFY(frames.all.q == polar.all.q && frames.halves.size() == 2);
        double product = 0, square = 0;
        for (std::size_t i = 0; i < frames.all.q.size(); ++i) {
            product += frames.all.i00[i] * polar.all.i00[i];
            square += frames.all.i00[i] * frames.all.i00[i];
        }
        const double scale = std::pow(product / square, 2); // photons to electrons, squared
        for (const std::size_t l : {2, 4, 6}) {
            const double apart = relative(frames.all.bl, polar.all.bl, scale, l);
            // The error of the mean of both halves is half their difference.
            const double noise = relative(frames.halves[0].bl, frames.halves[1].bl, 1, l) / 2;
            QVERIFY2(apart < noise + 0.01, qPrintable(QString("l = %1: %2, noise %3").arg(l).arg(apart).arg(noise)));
        }
    }

    /// The same geometry from the file that the frames were made with, and from the run itself.
    void theRunCarriesItsGeometry() {
        run(QStringList{"correlate", place("frames.h5"), "-o", place("own.h5")} + grid());
        run(QStringList{"correlate", place("frames.h5"), "-o", place("given.h5"), "--geometry", place("four.geom")} +
            grid());
        run({"filter", place("own.h5"), "-o", place("bown.h5"), "--diameter", "66"});
        run({"filter", place("given.h5"), "-o", place("bgiven.h5"), "--diameter", "66"});
        const auto own = readCoefficients(place("bown.h5").toStdString()),
                   given = readCoefficients(place("bgiven.h5").toStdString());
        QVERIFY(relative(own.all.bl, given.all.bl, 1, 2) < 1e-3); // the beam stop's mask is in the run too
    }

    /// A geometry with the beam elsewhere is found out, and the proposal is a file that other commands take.
    void theCentreIsFound() {
        QByteArray moved = fourPanels();
        for (int i = 0; i < 4; ++i) {
            const QByteArray key = "p" + QByteArray::number(i) + "/corner_x = ", value = i % 2 ? "2" : "-50.5";
            QVERIFY(moved.contains(key + value));
            moved.replace(key + value, key + (i % 2 ? "4.5" : "-48"));
        }
        QFile file(place("moved.geom"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(moved);
        file.close();
        nlohmann::json report;
        run({"refine", place("frames.h5"), "--geometry", place("moved.geom"), "-o", place("refined.toml"), "--frames",
             "1500", "--refine-polarisation", "0"},
            &report);
        const double x = report["centre_shift_metre"][0], y = report["centre_shift_metre"][1];
        QVERIFY2(std::abs(x - 2.5 * 400e-6) < 0.2 * 400e-6 && std::abs(y) < 0.2 * 400e-6,
                 qPrintable(QString("%1 %2").arg(x).arg(y)));
        run(QStringList{"correlate", place("frames.h5"), "-o", place("refined.h5"), "--geometry",
                        place("refined.toml")} +
            grid());
    }

    void anotherDetectorIsTold() {
        QByteArray larger = fourPanels();
        larger.replace("p3/max_fs = 95", "p3/max_fs = 99");
        QFile file(place("larger.geom"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(larger);
        file.close();
        const ProgramEnd end =
            runFxs({"correlate", place("frames.h5"), "-o", place("x.h5"), "--geometry", place("larger.geom")});
        QCOMPARE(end.status, 1);
        QVERIFY2(end.err.contains("the geometry covers 96 x 100, frames are 96 x 96"), qPrintable(end.err));
    }
};

QTEST_GUILESS_MAIN(TestFxsGeometry)
#include "tst_fxs_geometry.moc"
