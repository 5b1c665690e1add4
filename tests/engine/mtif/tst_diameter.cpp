#include "engine/core/error.h"
#include "engine/mtif/diameter.h"
#include "engine/mtif/legendre_fit.h"
#include "tests/engine/mtif/sample_sums.h"

#include <QtTest>

using namespace fxs;
using namespace fxs::mtif;

class TestDiameter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// A sphere of radius R: I = (3 (sin x - x cos x)/x³)², x = qR; P(r) ends at 2R, but for its resolution π/q_max.
    void sphereEndsAtItsDiameter() {
        const double radius = 60;
        const auto q = PolarGrid::uniform(0, 0.3, 120, 8).q;
        std::vector<double> mean;
        for (double x : q) {
            const double t = x * radius;
            mean.push_back(std::pow(3 * (std::sin(t) - t * std::cos(t)) / (t * t * t), 2));
        }
        const PairDistances pr = pairDistances(q, mean);
        QVERIFY2(std::abs(pr.extent - 2 * radius) < M_PI / 0.3, qPrintable(QString::number(pr.extent)));
        // P(r) of a sphere is largest at 1.05 R.
        const auto peak = std::max_element(pr.p.begin(), pr.p.end()) - pr.p.begin();
        QVERIFY(std::abs(pr.r[static_cast<std::size_t>(peak)] / radius - 1.05) < 0.05);
    }

    void beamStopIsBridged() {
        const double radius = 60;
        const auto q = PolarGrid::uniform(0.01, 0.3, 116, 8).q;
        std::vector<double> mean;
        for (double x : q) {
            const double t = x * radius;
            mean.push_back(std::pow(3 * (std::sin(t) - t * std::cos(t)) / (t * t * t), 2));
        }
        QVERIFY(std::abs(pairDistances(q, mean).extent - 2 * radius) < 1.5 * M_PI / 0.3);
    }

    void groelIsFoundFromItsImages() {
        const auto g = sample::Groel::read(FXS_TEST_DATA);
        CorrelationSums sums = sample::emptySums(g.q, 128, 45);
        sample::Adder adder(sums);
        for (std::size_t f = 0; f < g.images.extent(0); ++f)
            adder.add(g.images[f], f % 2);
        const HarmonicData data = gatherHarmonics(sums, 44, {});
        const PairDistances pr = pairDistances(data.q, data.mean);
        QVERIFY2(std::abs(pr.extent - 189) < M_PI / 0.15, qPrintable(QString::number(pr.extent)));
        LegendreFitOptions options;
        options.maxOrder = 30;
        const Array<double, 4> b = LegendreFit(data, options).solve(data, {}, {});
        std::vector<double> trials;
        for (double d = 110; d < 290; d += 5)
            trials.push_back(d);
        const DiameterScan scan = scanDiameter(data, b, trials, 0.15, {});
        // Far too small explains nothing, far too large everything; the knee gives D to about 5 %.
        QVERIFY(scan.misfit.front() > 0.3);
        QVERIFY(scan.misfit.back() < 0.02);
        QVERIFY2(std::abs(scan.best / 189 - 1) < 0.06, qPrintable(QString::number(scan.best)));
    }

    void darkImagesAreRefused() {
        const std::vector<double> q{0.01, 0.02, 0.03, 0.04, 0.05}, dark(5, 0.0);
        QVERIFY_EXCEPTION_THROWN(pairDistances(q, dark), Error);
    }
};

QTEST_APPLESS_MAIN(TestDiameter)
#include "tst_diameter.moc"
