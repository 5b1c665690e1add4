#include "app/fxs/progress_printer.h"

#include <QTest>

using namespace fxs;
using app::ProgressPrinter;

class TestProgressPrinter : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void describesProgress_data() {
        QTest::addColumn<double>("fraction");
        QTest::addColumn<quint64>("done");
        QTest::addColumn<quint64>("total");
        QTest::addColumn<double>("rate");
        QTest::addColumn<double>("seconds");
        QTest::addColumn<QString>("text");
        QTest::newRow("known total") << 0.45 << quint64(4500) << quint64(10000) << 3200.4 << 9.0
                                     << "Correlation   45 %  4,500 of 10,000 frames  3,200 frames/s  11 s left";
        QTest::newRow("slow") << 0.5 << quint64(5) << quint64(10) << 0.25 << 4000.0
                              << "Correlation   50 %  5 of 10 frames  0.2 frames/s  1 h 06 min left";
        QTest::newRow("minutes") << 0.5 << quint64(5) << quint64(10) << 0.0 << 125.0
                                 << "Correlation   50 %  5 of 10 frames  2 min 05 s left";
        QTest::newRow("unknown total") << 0.0 << quint64(1234567) << quint64(0) << 10.0 << 3.0
                                       << "Correlation  1,234,567 frames  10.0 frames/s";
        QTest::newRow("end") << 1.0 << quint64(10) << quint64(10) << 100.0 << 3.0
                             << "Correlation  100 %  10 of 10 frames  100 frames/s";
    }
    void describesProgress() {
        QFETCH(double, fraction);
        QFETCH(quint64, done);
        QFETCH(quint64, total);
        QFETCH(double, rate);
        QFETCH(double, seconds);
        QFETCH(QString, text);
        const Progress progress{"Correlation", fraction, done, total, rate, "frames"};
        QCOMPARE(QString::fromStdString(ProgressPrinter::describe(progress, seconds)), text);
    }
};

QTEST_APPLESS_MAIN(TestProgressPrinter)
#include "tst_progress_printer.moc"
