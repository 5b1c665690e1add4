"""Writes small CXI files with h5py: by the CXI standard (cxidb.org/cxi.html), as Cheetah and psocake do at LCLS, and the
European XFEL's virtual ones, as EXtra-data documents them."""
import sys
import os
import h5py
import numpy as np

J = 1.602176634e-19


def frames(n, ss, fs):
    return (100 * np.arange(n)[:, None, None] + fs * np.arange(ss)[None, :, None] +
            np.arange(fs)[None, None, :]).astype('u2')


def minimal(path):
    """The standard's minimal file: one image, no axis of frames, and a value that is no number in its middle."""
    y, x = np.meshgrid(np.arange(0, 5, .1), np.arange(-5, 5, .1), indexing='ij')
    with np.errstate(all='ignore'):
        image = np.sin(x * x + y * y) / (x * x + y * y)
    image[0, 50] = np.nan
    with h5py.File(path, 'w') as f:
        f.create_group('entry_1').create_group('data_1').create_dataset('data', data=image)


def image(path):
    with h5py.File(path, 'w') as f:
        f['cxi_version'] = 140
        g = f.create_group('entry_1/image_1')
        g['data'] = frames(2, 3, 4)
        m = np.zeros((3, 4), 'u4')
        m[1, 1] = 0x400
        m[1, 2] = 0x1000
        g['mask'] = m


def standard(path):
    with h5py.File(path, 'w') as f:
        f['cxi_version'] = 160
        e = f.create_group('entry_1')
        e['experiment_identifier'] = np.array([b'shot-%d' % i for i in range(5)])
        s = e.create_group('instrument_1/source_1')
        s['energy'] = (9500 + np.array([0, 10, -10, 20, -20.])) * J
        s['pulse_energy'] = np.array([1., 2, 3, 4, 5]) * 1e-3
        d = e.create_group('instrument_1/detector_1')
        d['data'] = frames(5, 6, 4)
        d['data'].attrs['axes'] = 'experiment_identifier:y:x'
        d['distance'] = 0.7
        d['x_pixel_size'] = 110e-6
        d['y_pixel_size'] = 110e-6
        d['corner_position'] = np.array([2 * 110e-6, 3.5 * 110e-6, 0.7])  # steps go down and against x by the standard
        m = np.zeros((5, 6, 4), 'u4')
        m[2, 0, 1] = 0x2
        m[3, 0, 1] = 0x1000
        d['mask'] = m
        e.create_group('data_1')['data'] = h5py.SoftLink('/entry_1/instrument_1/detector_1/data')


def modular(path):
    """Two modules, the second turned by a quarter, places by corner_position and basis_vectors."""
    with h5py.File(path, 'w') as f:
        f['cxi_version'] = 160
        d = f.create_group('entry_1/instrument_1/detector_1')
        x = np.stack([frames(3, 4, 4), frames(3, 4, 4) + 5000], axis=1)
        d['data'] = x
        d['data'].attrs['axes'] = 'experiment_identifier:module_identifier:y:x'
        d['module_identifier'] = np.array([b'lower-half', b'upper-half'])
        p = 1e-4
        d['corner_position'] = np.array([[p, p, .5], [-8 * p, 2 * p, .5]])
        d['basis_vectors'] = np.array([[[0, -p, 0], [-p, 0, 0]], [[p, 0, 0], [0, p, 0]]])
        d['distance'] = .5
        d['x_pixel_size'] = p
        d['y_pixel_size'] = p
        f['entry_1/instrument_1/source_1/energy'] = 8000 * J
        f.create_group('entry_1/data_1')['data'] = h5py.SoftLink('/entry_1/instrument_1/detector_1/data')


def cheetah(path):
    with h5py.File(path, 'w') as f:
        f['cxi_version'] = 140
        n = 4
        l = f.create_group('LCLS')
        l['photon_energy_eV'] = np.array([9480., 9500, 9520, 0])
        l['photon_wavelength_A'] = np.full(n, 1.3)
        l['machineTime'] = np.arange(n) + 1400000000
        l['fiducial'] = np.arange(n) * 3
        l['eventTimeString'] = np.array([b'Thu %d' % i for i in range(n)])
        l.create_group('detector_1')['EncoderValue'] = np.full(n, -420.)
        d = f.create_group('entry_1/instrument_1/detector_1')
        d['data'] = frames(n, 8, 6).astype('f4')
        m = np.zeros((8, 6), 'u2')
        m[0] = 1
        f.create_group('entry_1/data_1')['data'] = h5py.SoftLink('/entry_1/instrument_1/detector_1/data')
        f['entry_1/data_1/mask'] = m
        f['entry_1/result_1/nPeaks'] = np.array([3, 40, 22, 0])
        f['entry_1/result_1/peakXPosRaw'] = np.zeros((n, 2048), 'f4')


def psocake(path):
    """psocake exchanges the units: joule under photon_energy_eV, electronvolt under energy."""
    with h5py.File(path, 'w') as f:
        f['cxi_version'] = 140
        n = 3
        l = f.create_group('LCLS')
        l['photon_energy_eV'] = np.full(n, 9500 * 1.60218e-19)
        l.create_group('detector_1')['EncoderValue'] = np.full(n, 90.)
        s = f.create_group('entry_1/instrument_1/source_1')
        s['energy'] = np.full(n, 9500.)
        d = f.create_group('entry_1/instrument_1/detector_1')
        d.create_dataset('data', data=frames(n, 4, 4).astype('f8'))
        for name, value in (('distance', .13), ('x_pixel_size', 110e-6), ('y_pixel_size', 110e-6)):
            d[name] = np.full(n, value)
        f.create_group('entry_1/data_1')['data'] = h5py.SoftLink('/entry_1/instrument_1/detector_1/data')
        f['entry_1/result_1/nHits'] = np.arange(n)


def virtual(folder, raw, missing_file):
    """Virtual CXI over source files of 4 modules; module 2 lacks the last 3 of 9 frames, and one source may be gone."""
    os.makedirs(folder, exist_ok=True)
    n, shape = 9, (8, 4)
    inner = (2,) + shape if raw else shape
    layout = h5py.VirtualLayout((n, 4) + inner, dtype='u2' if raw else 'f4')
    mask = h5py.VirtualLayout((n, 4) + shape, dtype='u4')
    gain = h5py.VirtualLayout((n, 4) + shape, dtype='u1')
    cell = h5py.VirtualLayout((n, 4), dtype='u2')
    for m in range(4):
        count = 6 if m == 2 else n
        name = 'source%d.h5' % m
        with h5py.File(os.path.join(folder, name), 'w') as f:
            x = (1000 * m + 10 * np.arange(count)[:, None, None] +
                 np.arange(32).reshape(shape)[None]).astype('u2' if raw else 'f4')
            if raw:
                x = np.stack([x, x + 20000], axis=1)
            f['data'] = x
            f['mask'] = np.zeros((count,) + shape, 'u4')
            f['mask'][0, 1, 1] = 1 << 15
            f['gain'] = np.full((count,) + shape, m % 3, 'u1')
            f['cellId'] = np.arange(count, dtype='u2') + 4
        for target, key in ((layout, 'data'), (mask, 'mask'), (gain, 'gain'), (cell, 'cellId')):
            source = h5py.VirtualSource(name, key, shape=(count,) + {'data': inner, 'cellId': ()}.get(key, shape),
                                        dtype=target.dtype)
            target[:count, m] = source
    with h5py.File(os.path.join(folder, 'run.cxi'), 'w', libver='latest') as f:
        f['cxi_version'] = [150]
        e = f.create_group('entry_1')
        e.attrs['name'] = 'EuXFEL proposal 700000 run 42'
        e['experiment_identifier'] = np.array([b'10000:%d' % i for i in range(n)])
        e['trainId'] = 10000 + np.arange(n, dtype='u8') // 3
        e['pulseId'] = np.arange(n, dtype='u8') % 3 * 4
        e.create_virtual_dataset('cellId', cell, fillvalue=0)
        d = e.create_group('instrument_1/detector_1')
        d.attrs['name'] = 'SPB_DET_AGIPD1M-1'
        d.create_virtual_dataset('data', layout, fillvalue=0 if raw else np.nan)
        if not raw:
            d.create_virtual_dataset('mask', mask, fillvalue=0xffffffff)
            d.create_virtual_dataset('gain', gain, fillvalue=0)
        d['module_identifier'] = np.arange(4)
        e['data_1'] = h5py.SoftLink('/entry_1/instrument_1/detector_1')
    if missing_file:
        os.remove(os.path.join(folder, 'source1.h5'))


def make(root):
    os.makedirs(root, exist_ok=True)
    for write in (minimal, image, standard, modular, cheetah, psocake):
        write(os.path.join(root, write.__name__ + '.cxi'))
    virtual(os.path.join(root, 'virtual'), False, False)
    virtual(os.path.join(root, 'virtual_raw'), True, False)
    virtual(os.path.join(root, 'virtual_missing'), False, True)


if __name__ == '__main__':
    make(sys.argv[1])
