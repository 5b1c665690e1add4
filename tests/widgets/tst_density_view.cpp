#include "tests/widgets/synthetic_results.h"

#include "widgets/density/density_scene.h"
#include "widgets/density/density_view.h"
#include "widgets/density/scene_overlay.h"
#include "widgets/theme/theme.h"
#include "widgets/vtk/opengl_support.h"

#include <QApplication>
#include <QTest>

using namespace fxs;
using namespace fxs::ui;

/// The 3-D view in a real window: something is drawn, it turns under the mouse, the level decides how much is seen.
class TestDensityView : public QObject {
    Q_OBJECT

    static int coloured(const QImage& picture, const QColor& background) {
        int count = 0;
        for (int y = 0; y < picture.height(); y += 2)
            for (int x = 0; x < picture.width(); x += 2)
                if (qAbs(picture.pixelColor(x, y).hsvSaturation() - background.hsvSaturation()) > 40)
                    ++count;
        return count;
    }

private Q_SLOTS:
    void initTestCase() { QApplication::setPalette(darkPalette()); }

    void roundLengths() {
        QCOMPARE(roundLength(7.3), 5.0);
        QCOMPARE(roundLength(20), 20.0);
        QCOMPARE(roundLength(199), 100.0);
        QCOMPARE(roundLength(0.25), 0.2);
        QCOMPARE(roundLength(0), 0.0);
        QCOMPARE(roundLength(-1), 0.0);
    }

    void aBallIsSeenAndTurns() {
        if (!openGlSupport().available)
            QSKIP(qPrintable(openGlSupport().description));
        InlineBackground background;
        DensityView view(background);
        view.resize(700, 600);
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
        view.setReconstruction(test::reconstruction());
        QTRY_VERIFY(view.renderCount() > 0);
        const QColor background = Theme::of(darkPalette()).canvas;
        QTRY_VERIFY(coloured(view.picture(), background) > 1000);
        QVERIFY(view.grab().save(QStringLiteral("view-density.png")));
        const QImage before = view.picture();
        // A drag turns the box under the mouse.
        const QPoint centre = view.drawing()->rect().center();
        QTest::mousePress(view.drawing(), Qt::LeftButton, {}, centre);
        QTest::mouseMove(view.drawing(), centre + QPoint(60, 30));
        QTest::mouseRelease(view.drawing(), Qt::LeftButton, {}, centre + QPoint(90, 45));
        QTRY_VERIFY(view.picture() != before);
        // Half way between 0 and 1 the ball has its radius: 4 π r² of 48 Å; a higher level gives less surface.
        const std::size_t triangles = view.scene()->triangleCount();
        QVERIFY(triangles > 1000);
        view.setLevel(view.map()->highestSigmas() * 0.99);
        QVERIFY(view.scene()->triangleCount() < triangles);
        view.setReconstruction(nullptr);
        QVERIFY(view.scene()->isEmpty());
    }

    void survivesANewParent() {
        if (!openGlSupport().available)
            QSKIP(qPrintable(openGlSupport().description));
        InlineBackground background;
        auto* view = new DensityView(background);
        QWidget first, second;
        view->setParent(&first);
        view->resize(400, 300);
        first.resize(420, 320);
        first.show();
        QVERIFY(QTest::qWaitForWindowExposed(&first));
        view->setReconstruction(test::reconstruction());
        QTRY_VERIFY(view->renderCount() > 0);
        second.resize(420, 320);
        view->setParent(&second); // as a dock that is torn off
        view->show();
        second.show();
        QVERIFY(QTest::qWaitForWindowExposed(&second));
        QTRY_VERIFY(coloured(view->picture(), Theme::of(darkPalette()).canvas) > 300);
    }
};

int main(int argc, char** argv) {
    requestOpenGlFormat();
    QApplication::setAttribute(Qt::AA_ShareOpenGLContexts);
    QApplication application(argc, argv);
    TestDensityView test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_density_view.moc"
