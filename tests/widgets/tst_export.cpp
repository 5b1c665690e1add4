#include "widgets/export/figure_export.h"

#include "engine/io/hdf5.h"
#include "tests/engine/io/test_folder.h"
#include "widgets/export/figure_drawing.h"
#include "widgets/plot/panel.h"
#include "widgets/theme/theme.h"

#include <QtTest>
#include <QtWidgets>
#include <cmath>
#include <csignal>
#include <fstream>
#include <sys/resource.h>

using namespace fxs;
using namespace fxs::ui;

namespace {

PicturePtr steps() {
    auto p = std::make_shared<Picture>(3, 2);
    p->xFirst = 0;
    p->xLast = 90;
    p->yFirst = 0.01;
    p->yLast = 0.02;
    p->values = {0.1F, 1, 2, -3, 4, std::nanf("")};
    return p;
}

QString fileText(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

/// What the streams of a PDF say, inflated.
QByteArray pdfOperators(const QByteArray& pdf) {
    QByteArray all;
    for (qsizetype at = pdf.indexOf("stream\n"); at >= 0; at = pdf.indexOf("stream\n", at + 7)) {
        if (at >= 3 && pdf.mid(at - 3, 3) == "end")
            continue;
        const QByteArray deflated = pdf.mid(at + 7, pdf.indexOf("endstream", at) - at - 7);
        // qUncompress wants the size in front; it grows its buffer where that is too small.
        all += qUncompress(QByteArray::fromHex("00010000") + deflated);
    }
    return all;
}

int count(const QString& text, const QString& pattern) {
    return static_cast<int>(text.count(QRegularExpression(pattern)));
}

} // namespace

/// Figures and their numbers, written and read back.
class TestExport : public QObject {
    Q_OBJECT

    InlineBackground m_inline;
    QTemporaryDir m_folder;

    QString path(const QString& name) const { return m_folder.filePath(name); }

    struct Map : HeatMap {
        Map() {
            setTitle(QStringLiteral("map"));
            setAxes({QStringLiteral("Δφ"), QStringLiteral("°")}, {QStringLiteral("q"), QStringLiteral("1/Å")},
                    {QStringLiteral("ΔC₂"), QStringLiteral("intensity²")});
            setPicture(steps());
            setCursorPosition(45, 0.015);
            resize(420, 300);
        }
    };
    struct Lines : CurvePlot {
        Lines() {
            setAxes({QStringLiteral("q"), QStringLiteral("1/Å")}, {QStringLiteral("I, mean"), QString()});
            Curve a{.name = QStringLiteral("raw"), .x = {}, .y = {}, .error = {}};
            for (int i = 0; i < 200; ++i) {
                a.x.push_back(0.001 * i);
                a.y.push_back(std::cos(0.1 * i));
                a.error.push_back(0.1);
            }
            Curve b = a;
            b.name = QStringLiteral("filtered");
            b.error.clear();
            const Curve c{.name = QStringLiteral("other"), .x = {0, 0.1}, .y = {1, 1.0 / 3}};
            setCurves({a, b, c});
            setCursor(0.05);
            resize(420, 300);
        }
    };

private Q_SLOTS:
    void initTestCase() { QApplication::setPalette(darkPalette()); }

    void namesAreAscii() {
        QCOMPARE(asciiName(QStringLiteral("C₂(q, q′) at Δφ = 45.5°")),
                 std::string("C2_q_q_prime_at_delta_phi_45.5deg"));
        QCOMPARE(asciiName(QStringLiteral("⟨⟩")), std::string("figure"));
    }

    void aPictureAsCsv() {
        Map map;
        FigureExport exporter(m_inline);
        exporter.setProvenance([] { return QStringList{QStringLiteral("run12.h5\nsecond line")}; });
        const QSignalSpy done(&exporter, &FigureExport::exported);
        exporter.save(&map, FigureFormat::csv, path(QStringLiteral("a.csv")));
        QCOMPARE(done.count(), 1);
        QStringList lines = fileText(path(QStringLiteral("a.csv"))).split(QLatin1Char('\n'));
        QStringList header;
        while (lines.front().startsWith(QLatin1Char('#')))
            header << lines.takeFirst();
        QVERIFY(header.contains(QStringLiteral("# run12.h5")));
        QVERIFY(header.contains(QStringLiteral("# second line")));
        QVERIFY(header.contains(QStringLiteral("# values: ΔC₂  [intensity²]")));
        QCOMPARE(lines[0], QStringLiteral("q  [1/Å] \\ Δφ  [°],0,45,90"));
        QCOMPARE(lines[1], QStringLiteral("0.01,0.1,1,2"));
        QCOMPARE(lines[2], QStringLiteral("0.02,-3,4,nan"));
    }

    void curvesAsCsv() {
        Lines plot;
        FigureExport exporter(m_inline);
        exporter.save(&plot, FigureFormat::csv, path(QStringLiteral("b.csv")));
        QStringList lines = fileText(path(QStringLiteral("b.csv"))).split(QLatin1Char('\n'));
        while (lines.front().startsWith(QLatin1Char('#')))
            lines.removeFirst();
        QCOMPARE(lines[0], QStringLiteral("q  [1/Å],raw,standard error of raw,filtered,q  [1/Å],other"));
        QCOMPARE(lines[2].split(QLatin1Char(',')).size(), 6);
        QCOMPARE(lines[2].split(QLatin1Char(',')).back().toDouble(), 1.0 / 3); // every digit
        QCOMPARE(lines[200].split(QLatin1Char(',')).front().toDouble(), 0.199);
        QVERIFY(lines[200].endsWith(QStringLiteral(",,"))); // the shorter curve has ended
    }

    void aPictureAsNexus() {
        Map map;
        FigureExport exporter(m_inline);
        exporter.save(&map, FigureFormat::hdf5, path(QStringLiteral("a.h5")));
        const auto file = h5::File::open(path(QStringLiteral("a.h5")).toStdString());
        QCOMPARE(*file.textAttribute("default"), std::string("entry"));
        const h5::Group figure = file.group("entry/figure");
        QCOMPARE(*figure.textAttribute("NX_class"), std::string("NXdata"));
        const std::string signal = *figure.textAttribute("signal");
        QCOMPARE(signal, std::string("delta_C2"));
        const auto values = figure.dataset(signal).read<float, 2>();
        QCOMPARE(values(1, 1), 4.0F);
        QVERIFY(std::isnan(values(1, 2)));
        QCOMPARE(*figure.dataset(signal).textAttribute("units"), std::string("intensity²"));
        QCOMPARE(figure.dataset("delta_phi").readVector<double>(), (std::vector<double>{0, 45, 90}));
        QCOMPARE(*figure.dataset("q").textAttribute("units"), std::string("1/Å"));
    }

    void curvesAsNexus() {
        Lines plot;
        FigureExport exporter(m_inline);
        exporter.save(&plot, FigureFormat::hdf5, path(QStringLiteral("b.h5")));
        {
            const auto file = h5::File::open(path(QStringLiteral("b.h5")).toStdString());
            QCOMPARE(*file.group("entry/figure").textAttribute("signal"), std::string("raw"));
            QCOMPARE(file.dataset("entry/figure/raw_errors").readVector<double>()[7], 0.1);
            QCOMPARE(file.dataset("entry/figure_2/other").readVector<double>(), (std::vector<double>{1, 1.0 / 3}));
        }
        if (!hasPython())
            QSKIP("h5py is not there");
        QVERIFY(runPython("import h5py; f = h5py.File(\"" + path(QStringLiteral("b.h5")).toStdString() +
                          "\"); g = f[f.attrs[\"default\"]]; g = g[g.attrs[\"default\"]]; "
                          "assert list(g.attrs[\"axes\"]) == [\"q\"]; "
                          "assert list(g.attrs[\"auxiliary_signals\"]) == [\"filtered\"]; "
                          "assert g[g.attrs[\"signal\"]].shape == (200,)"));
    }

    void pdfAndSvgAreVectors() {
        Lines plot;
        FigureExport exporter(m_inline);
        exporter.save(&plot, FigureFormat::pdf, path(QStringLiteral("b.pdf")));
        QFile file(path(QStringLiteral("b.pdf")));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray pdf = file.readAll();
        QVERIFY(pdf.startsWith("%PDF"));
        QVERIFY(!pdf.contains("/Subtype /Image"));
        QVERIFY(pdf.contains("/Type /Font"));
        const QString operators = QString::fromLatin1(pdfOperators(pdf));
        // Two curves of 200 points and a band of 400 corners; lines that leave the picture may be cut.
        QVERIFY2(count(operators, QStringLiteral(" l\\s")) > 500, qPrintable(operators.left(2000)));
        exporter.save(&plot, FigureFormat::svg, path(QStringLiteral("b.svg")));
        const QString svg = fileText(path(QStringLiteral("b.svg")));
        QVERIFY(!svg.contains(QStringLiteral("<image")));
        QVERIFY(count(svg, QStringLiteral("<text")) > 8); // ticks, labels, legend
        QVERIFY(count(svg, QStringLiteral("\\d,[\\d.-]+ |L")) > 500);
    }

    void aMapsCellsAreTheOnlyImage() {
        Map map;
        FigureExport exporter(m_inline);
        exporter.save(&map, FigureFormat::svg, path(QStringLiteral("a.svg")));
        const QString svg = fileText(path(QStringLiteral("a.svg")));
        QVERIFY(count(svg, QStringLiteral("<text")) > 6);
        QVERIFY(count(svg, QStringLiteral("<image")) >= 1 && count(svg, QStringLiteral("<image")) <= 2); // cells, scale
        const int withoutCursor = count(svg, QStringLiteral("#ff783c"));
        exporter.setWithCursors(true);
        exporter.save(&map, FigureFormat::svg, path(QStringLiteral("a.svg")));
        QCOMPARE(withoutCursor, 0);
        QVERIFY(count(fileText(path(QStringLiteral("a.svg"))), QStringLiteral("#ff783c")) > 0);
    }

    void pngOnWhiteWhileTheScreenIsDark() {
        Lines plot;
        FigureExport exporter(m_inline);
        exporter.setPngScale(3);
        exporter.save(&plot, FigureFormat::png, path(QStringLiteral("b.png")));
        const QImage light(path(QStringLiteral("b.png")));
        QCOMPARE(light.size(), plot.findChild<QWidget*>()->size() * 3);
        QCOMPARE(light.pixelColor(2, 2), QColor(Qt::white));
        QVERIFY(!plot.testAttribute(Qt::WA_SetPalette));
        QCOMPARE(plot.palette().color(QPalette::Base), darkPalette().color(QPalette::Base));
        exporter.setWhiteBackground(false);
        exporter.save(&plot, FigureFormat::png, path(QStringLiteral("dark.png")));
        QVERIFY(QImage(path(QStringLiteral("dark.png"))).pixelColor(2, 2).lightness() < 60);
        QVERIFY(QImage(path(QStringLiteral("b.png")))
                    .text(QStringLiteral("Description"))
                    .contains(QStringLiteral("FXS Workbench")));
    }

    void figuresToLookAt() {
        Lines plot;
        Map map;
        FigureExport exporter(m_inline);
        for (const char* suffix : {"pdf", "svg", "png"})
            for (int f = 0; f < kFigureFormatCount; ++f)
                if (figureFormatSuffix(static_cast<FigureFormat>(f)) == QLatin1String(suffix)) {
                    exporter.save(&plot, static_cast<FigureFormat>(f),
                                  QStringLiteral("figure-lines.") + QLatin1String(suffix));
                    exporter.save(&map, static_cast<FigureFormat>(f),
                                  QStringLiteral("figure-map.") + QLatin1String(suffix));
                    QVERIFY(QFile::exists(QStringLiteral("figure-map.") + QLatin1String(suffix)));
                }
    }

    void failuresAreSentences() {
        Map map;
        FigureExport exporter(m_inline);
        const QSignalSpy failed(&exporter, &FigureExport::failed), done(&exporter, &FigureExport::exported);
        for (int f = 0; f < kFigureFormatCount; ++f)
            exporter.save(&map, static_cast<FigureFormat>(f), path(QStringLiteral("no/such/folder/a")));
        QCOMPARE(failed.count(), kFigureFormatCount);
        QCOMPARE(done.count(), 0);
        QVERIFY(failed[0][0].toString().contains(QStringLiteral("no/such/folder")));
        map.setPicture(nullptr);
        exporter.save(&map, FigureFormat::csv, path(QStringLiteral("empty.csv")));
        QVERIFY(failed.last()[0].toString().contains(QStringLiteral("nothing to export")));
        QVERIFY(!QFile::exists(path(QStringLiteral("empty.csv"))));
    }

    void whatDoesNotFitLeavesTheOldFile_data() {
        QTest::addColumn<int>("format");
        for (int f = 0; f < kFigureFormatCount; ++f)
            QTest::newRow(qPrintable(figureFormatName(static_cast<FigureFormat>(f)))) << f;
    }
    void whatDoesNotFitLeavesTheOldFile() {
        QFETCH(int, format);
        Lines plot;
        FigureExport exporter(m_inline);
        const QString name = path(QStringLiteral("full"));
        {
            QFile old(name);
            QVERIFY(old.open(QIODevice::WriteOnly) && old.write("old") == 3);
        }
        const QSignalSpy failed(&exporter, &FigureExport::failed);
        rlimit before{};
        getrlimit(RLIMIT_FSIZE, &before);
        const auto oldHandler = std::signal(SIGXFSZ, SIG_IGN);
        rlimit small{1024, before.rlim_max}; // stands for a disk with 1 KiB left
        setrlimit(RLIMIT_FSIZE, &small);
        exporter.save(&plot, static_cast<FigureFormat>(format), name);
        setrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, oldHandler);
        QCOMPARE(failed.count(), 1);
        QVERIFY2(failed[0][0].toString().contains(QStringLiteral("full")), qPrintable(failed[0][0].toString()));
        QCOMPARE(fileText(name), QStringLiteral("old"));
        QVERIFY(QDir(m_folder.path()).entryList({QStringLiteral("*.part")}, QDir::Files | QDir::Hidden).isEmpty());
    }

    void panelsGetOneButton() {
        auto* map = new Map;
        Panel panel(QStringLiteral("C₂(q, q, Δφ)"), map);
        FigureExport exporter(m_inline);
        exporter.add(&panel);
        exporter.add(&panel); // again: nothing more
        panel.resize(500, 400);
        panel.show();
        QVERIFY(QTest::qWaitForWindowExposed(&panel));
        const auto buttons = panel.findChildren<QToolButton*>();
        QCOMPARE(buttons.size(), 1);
        QVERIFY(!buttons[0]->accessibleName().isEmpty());
        const QSignalSpy copied(&exporter, &FigureExport::copied);
        // A real click opens the menu; its second entry is chosen by the keyboard.
        QTimer::singleShot(100, &panel, [&] {
            QWidget* menu = QApplication::activePopupWidget();
            QVERIFY(menu);
            QTest::keyClick(menu, Qt::Key_Down);
            QTest::keyClick(menu, Qt::Key_Down);
            QTest::keyClick(menu, Qt::Key_Return);
        });
        QTest::mouseClick(buttons[0], Qt::LeftButton);
        QTRY_COMPARE(copied.count(), 1);
        QVERIFY(copied[0][0].toString().startsWith(QStringLiteral("C₂(q, q, Δφ)")));
        QCOMPARE(QGuiApplication::clipboard()->text().split(QLatin1Char('\n'))[1], QStringLiteral("0.01\t0.1\t1\t2"));
    }

    void theContextMenuIsThere() {
        Map map;
        map.addAction(QStringLiteral("another's action"));
        FigureExport exporter(m_inline);
        exporter.add(&map);
        map.show();
        QVERIFY(QTest::qWaitForWindowExposed(&map));
        QStringList entries;
        QTimer::singleShot(100, &map, [&] {
            if (auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget())) {
                for (const QAction* action : menu->actions())
                    entries << action->text();
                menu->close();
            }
        });
        QWidget* plot = map.findChild<QWidget*>();
        QContextMenuEvent event(QContextMenuEvent::Mouse, plot->rect().center(),
                                plot->mapToGlobal(plot->rect().center()));
        QApplication::sendEvent(plot, &event);
        QTRY_VERIFY(!entries.isEmpty());
        QVERIFY(entries.contains(QStringLiteral("another's action")));
        QVERIFY(entries.contains(QStringLiteral("&Copy figure")));
        QVERIFY(entries.contains(QStringLiteral("Export as SVG…")));
    }

    void theFigureIsCopiedAsPixelsAndVectors() {
        Lines plot;
        FigureExport exporter(m_inline);
        exporter.copyFigure(&plot);
        const QMimeData* mime = QGuiApplication::clipboard()->mimeData();
        QVERIFY(mime->hasImage());
        QVERIFY(mime->data(QStringLiteral("image/svg+xml")).contains("<svg"));
    }

    void theDialogBlocksNothing() {
        Map map;
        FigureExport exporter(m_inline);
        map.show();
        QVERIFY(QTest::qWaitForWindowExposed(&map));
        const QSignalSpy done(&exporter, &FigureExport::exported);
        exporter.askAndSave(&map, FigureFormat::csv);
        auto* dialog = map.findChild<QFileDialog*>();
        QVERIFY(dialog);
        dialog->setDirectory(m_folder.path());
        dialog->selectFile(QStringLiteral("asked"));
        static_cast<QDialog*>(dialog)->accept();
        QTRY_COMPARE(done.count(), 1);
        QVERIFY(QFile::exists(path(QStringLiteral("asked.csv"))));
    }

    void theGuiThreadOnlyDraws() {
        HeatMap map;
        map.resize(600, 450);
        auto p = std::make_shared<Picture>(1024, 1024);
        for (std::size_t i = 0; i < p->values.size(); ++i)
            p->values[i] = static_cast<float>(i % 251);
        map.setPicture(p);
        draw(map, {}); // the first one colours the cells
        const auto milliseconds = [](auto body) {
            QElapsedTimer clock;
            clock.start();
            body();
            return clock.elapsed();
        };
        Drawing drawing;
        const auto drawn = milliseconds([&] { drawing = draw(map, {.scale = 4}); });
        qInfo("drawing %lld ms; in the background: image at scale 4 %lld ms, PDF %lld ms, SVG %lld ms", drawn,
              milliseconds([&] { toImage(drawing); }), milliseconds([&] { toPdf(drawing); }),
              milliseconds([&] { toSvg(drawing); }));
        QCOMPARE(drawing.size, map.size());
    }
};

QTEST_MAIN(TestExport)
#include "tst_export.moc"
