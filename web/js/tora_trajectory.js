import { api as Ut } from "../../../scripts/api.js";
import { app as Yt } from "../../../scripts/app.js";
const E = Yt, $t = Ut;
function Gt(e) {
  E.registerExtension(e);
}
class Xt {
  constructor(t) {
    this.node = t;
  }
  node;
  /** Of the last run: a picture in the temp folder, and the coordinates that came in. */
  executed = null;
  size() {
    const t = (i, n) => {
      const s = Number(this.node.widgets?.find((o) => o.name === i)?.value);
      return Number.isFinite(s) && s >= 1 ? s : n;
    };
    return { width: t("width", 720), height: t("height", 480), frames: t("frames", 49) };
  }
  background(t) {
    if (t) return pt(t);
    const i = this.node.inputs?.findIndex((s) => s.name === "image" && s.link !== null) ?? -1;
    return (i >= 0 ? this.node.getInputNode(i)?.imgs?.[0]?.src : void 0) ?? (this.executed ? pt(this.executed) : null);
  }
  setExecuted(t) {
    this.executed = t;
  }
  async upload(t) {
    const i = new FormData();
    i.append("image", t), i.append("subfolder", "tora");
    const n = await $t.fetchApi("/upload/image", { method: "POST", body: i });
    if (!n.ok) throw new Error(`the picture was not taken (${n.status})`);
    const { name: s, subfolder: o, type: h } = await n.json();
    return { filename: s, subfolder: o, type: h };
  }
  readOnly() {
    return E.canvas?.read_only === !0;
  }
  captureUndo() {
    const t = E.extensionManager?.workflow?.activeWorkflow?.changeTracker;
    (t?.captureCanvasState ?? t?.checkState)?.call(t);
  }
  forwardPanning(t) {
    const i = new AbortController(), n = () => !globalThis.LiteGraph?.vueNodesMode, s = () => t.closest("dialog") !== null, o = (h, r) => t.addEventListener(h, (a) => n() && !s() && r(a), { signal: i.signal, passive: !1 });
    return o("wheel", (h) => {
      h.preventDefault(), E.canvas?.processMouseWheel?.(h);
    }), o("pointerdown", (h) => h.button === 1 && E.canvas?.processMouseDown?.(h)), o("pointermove", (h) => (h.buttons & 4) === 4 && E.canvas?.processMouseMove?.(h)), o("pointerup", (h) => h.button === 1 && E.canvas?.processMouseUp?.(h)), () => i.abort();
  }
  property(t, i) {
    return this.node.properties[t] ?? i;
  }
  setProperty(t, i) {
    this.node.properties[t] = i;
  }
}
function pt({ filename: e, subfolder: t, type: i }) {
  return $t.apiURL(`/view?${new URLSearchParams({ filename: e, subfolder: t, type: i }).toString()}`);
}
const R = Math.PI, tt = 2 * R, S = 1e-6, Zt = tt - S;
function At(e) {
  this._ += e[0];
  for (let t = 1, i = e.length; t < i; ++t)
    this._ += arguments[t] + e[t];
}
function Qt(e) {
  let t = Math.floor(e);
  if (!(t >= 0)) throw new Error(`invalid digits: ${e}`);
  if (t > 15) return At;
  const i = 10 ** t;
  return function(n) {
    this._ += n[0];
    for (let s = 1, o = n.length; s < o; ++s)
      this._ += Math.round(arguments[s] * i) / i + n[s];
  };
}
function Nt(e, t, i, n) {
  return e === i && t === n;
}
function te(e) {
  const t = Math.floor(e);
  if (!(t <= 15)) return Nt;
  const i = 10 ** t, n = function(s) {
    return Math.round(s * i);
  };
  return function(s, o, h, r) {
    return n(s) === n(h) && n(o) === n(r);
  };
}
class ee {
  constructor(t) {
    this._x0 = this._y0 = // start of current subpath
    this._x1 = this._y1 = null, this._ = "", this._append = t == null ? At : Qt(t), this._equal = t == null ? Nt : te(t);
  }
  moveTo(t, i) {
    this._append`M${this._x0 = this._x1 = +t},${this._y0 = this._y1 = +i}`;
  }
  closePath() {
    this._x1 !== null && (this._x1 = this._x0, this._y1 = this._y0, this._append`Z`);
  }
  lineTo(t, i) {
    this._append`L${this._x1 = +t},${this._y1 = +i}`;
  }
  quadraticCurveTo(t, i, n, s) {
    this._append`Q${+t},${+i},${this._x1 = +n},${this._y1 = +s}`;
  }
  bezierCurveTo(t, i, n, s, o, h) {
    this._append`C${+t},${+i},${+n},${+s},${this._x1 = +o},${this._y1 = +h}`;
  }
  arcTo(t, i, n, s, o) {
    if (t = +t, i = +i, n = +n, s = +s, o = +o, o < 0) throw new Error(`negative radius: ${o}`);
    let h = this._x1, r = this._y1, a = n - t, c = s - i, l = h - t, d = r - i, p = l * l + d * d;
    if (this._x1 === null)
      this._append`M${this._x1 = t},${this._y1 = i}`;
    else if (p > S) if (!(Math.abs(d * a - c * l) > S) || !o)
      this._append`L${this._x1 = t},${this._y1 = i}`;
    else {
      let u = n - h, _ = s - r, f = a * a + c * c, g = u * u + _ * _, y = Math.sqrt(f), m = Math.sqrt(p), M = o * Math.tan((R - Math.acos((f + p - g) / (2 * y * m))) / 2), $ = M / m, I = M / y;
      Math.abs($ - 1) > S && this._append`L${t + $ * l},${i + $ * d}`, this._append`A${o},${o},0,0,${+(d * u > l * _)},${this._x1 = t + I * a},${this._y1 = i + I * c}`;
    }
  }
  arc(t, i, n, s, o, h) {
    if (t = +t, i = +i, n = +n, h = !!h, n < 0) throw new Error(`negative radius: ${n}`);
    let r = n * Math.cos(s), a = n * Math.sin(s), c = t + r, l = i + a, d = 1 ^ h, p = h ? s - o : o - s;
    if (this._x1 === null ? this._append`M${c},${l}` : (Math.abs(this._x1 - c) > S || Math.abs(this._y1 - l) > S) && this._append`L${c},${l}`, !!n) {
      if (p < 0 && (p = p % tt + tt), p > Zt)
        this._append`A${n},${n},0,1,${d},${t - r},${i - a}A${n},${n},0,1,${d},${this._x1 = c},${this._y1 = l}`;
      else if (p > S) {
        const u = t + n * Math.cos(o), _ = i + n * Math.sin(o);
        if (p >= R && this._equal(c, l, u, _)) {
          p /= 2;
          let f = s + p;
          this._append`A${n},${n},0,${+(p >= R)},${d},${t + n * Math.cos(f)},${i + n * Math.sin(f)}`;
        }
        this._append`A${n},${n},0,${+(p >= R)},${d},${this._x1 = u},${this._y1 = _}`;
      }
    }
  }
  rect(t, i, n, s) {
    this._append`M${this._x0 = this._x1 = +t},${this._y0 = this._y1 = +i}h${n = +n}v${+s}h${-n}Z`;
  }
  toString() {
    return this._;
  }
}
function A(e) {
  return function() {
    return e;
  };
}
const ut = 1e-12;
function ie(e) {
  let t = 3;
  return e.digits = function(i) {
    if (!arguments.length) return t;
    if (i == null)
      t = null;
    else {
      const n = Math.floor(i);
      if (!(n >= 0)) throw new RangeError(`invalid digits: ${i}`);
      t = n;
    }
    return e;
  }, () => new ee(t);
}
function ne(e) {
  return typeof e == "object" && "length" in e ? e : Array.from(e);
}
function Pt(e) {
  this._context = e;
}
Pt.prototype = {
  areaStart: function() {
    this._line = 0;
  },
  areaEnd: function() {
    this._line = NaN;
  },
  lineStart: function() {
    this._point = 0;
  },
  lineEnd: function() {
    (this._line || this._line !== 0 && this._point === 1) && this._context.closePath(), this._line = 1 - this._line;
  },
  point: function(e, t) {
    switch (e = +e, t = +t, this._point) {
      case 0:
        this._point = 1, this._line ? this._context.lineTo(e, t) : this._context.moveTo(e, t);
        break;
      case 1:
        this._point = 2;
      // falls through
      default:
        this._context.lineTo(e, t);
        break;
    }
  }
};
function Ct(e) {
  return new Pt(e);
}
function se(e) {
  return e[0];
}
function oe(e) {
  return e[1];
}
function re(e, t) {
  var i = A(!0), n = null, s = Ct, o = null, h = ie(r);
  e = typeof e == "function" ? e : e === void 0 ? se : A(e), t = typeof t == "function" ? t : t === void 0 ? oe : A(t);
  function r(a) {
    var c, l = (a = ne(a)).length, d, p = !1, u;
    for (n == null && (o = s(u = h())), c = 0; c <= l; ++c)
      !(c < l && i(d = a[c], c, a)) === p && ((p = !p) ? o.lineStart() : o.lineEnd()), p && o.point(+e(d, c, a), +t(d, c, a));
    if (u) return o = null, u + "" || null;
  }
  return r.x = function(a) {
    return arguments.length ? (e = typeof a == "function" ? a : A(+a), r) : e;
  }, r.y = function(a) {
    return arguments.length ? (t = typeof a == "function" ? a : A(+a), r) : t;
  }, r.defined = function(a) {
    return arguments.length ? (i = typeof a == "function" ? a : A(!!a), r) : i;
  }, r.curve = function(a) {
    return arguments.length ? (s = a, n != null && (o = s(n)), r) : s;
  }, r.context = function(a) {
    return arguments.length ? (a == null ? n = o = null : o = s(n = a), r) : n;
  }, r;
}
function P() {
}
function _t(e, t, i) {
  e._context.bezierCurveTo(
    (2 * e._x0 + e._x1) / 3,
    (2 * e._y0 + e._y1) / 3,
    (e._x0 + 2 * e._x1) / 3,
    (e._y0 + 2 * e._y1) / 3,
    (e._x0 + 4 * e._x1 + t) / 6,
    (e._y0 + 4 * e._y1 + i) / 6
  );
}
function st(e) {
  this._context = e;
}
st.prototype = {
  areaStart: function() {
    this._line = 0;
  },
  areaEnd: function() {
    this._line = NaN;
  },
  lineStart: function() {
    this._x0 = this._x1 = this._y0 = this._y1 = NaN, this._point = 0;
  },
  lineEnd: function() {
    switch (this._point) {
      case 3:
        _t(this, this._x1, this._y1);
      // falls through
      case 2:
        this._context.lineTo(this._x1, this._y1);
        break;
    }
    (this._line || this._line !== 0 && this._point === 1) && this._context.closePath(), this._line = 1 - this._line;
  },
  point: function(e, t) {
    switch (e = +e, t = +t, this._point) {
      case 0:
        this._point = 1, this._line ? this._context.lineTo(e, t) : this._context.moveTo(e, t);
        break;
      case 1:
        this._point = 2;
        break;
      case 2:
        this._point = 3, this._context.lineTo((5 * this._x0 + this._x1) / 6, (5 * this._y0 + this._y1) / 6);
      // falls through
      default:
        _t(this, e, t);
        break;
    }
    this._x0 = this._x1, this._x1 = e, this._y0 = this._y1, this._y1 = t;
  }
};
function Lt(e, t) {
  this._basis = new st(e), this._beta = t;
}
Lt.prototype = {
  lineStart: function() {
    this._x = [], this._y = [], this._basis.lineStart();
  },
  lineEnd: function() {
    var e = this._x, t = this._y, i = e.length - 1;
    if (i > 0)
      for (var n = e[0], s = t[0], o = e[i] - n, h = t[i] - s, r = -1, a; ++r <= i; )
        a = r / i, this._basis.point(
          this._beta * e[r] + (1 - this._beta) * (n + a * o),
          this._beta * t[r] + (1 - this._beta) * (s + a * h)
        );
    this._x = this._y = null, this._basis.lineEnd();
  },
  point: function(e, t) {
    this._x.push(+e), this._y.push(+t);
  }
};
(function e(t) {
  function i(n) {
    return t === 1 ? new st(n) : new Lt(n, t);
  }
  return i.beta = function(n) {
    return e(+n);
  }, i;
})(0.85);
function H(e, t, i) {
  e._context.bezierCurveTo(
    e._x1 + e._k * (e._x2 - e._x0),
    e._y1 + e._k * (e._y2 - e._y0),
    e._x2 + e._k * (e._x1 - t),
    e._y2 + e._k * (e._y1 - i),
    e._x2,
    e._y2
  );
}
function ot(e, t) {
  this._context = e, this._k = (1 - t) / 6;
}
ot.prototype = {
  areaStart: function() {
    this._line = 0;
  },
  areaEnd: function() {
    this._line = NaN;
  },
  lineStart: function() {
    this._x0 = this._x1 = this._x2 = this._y0 = this._y1 = this._y2 = NaN, this._point = 0;
  },
  lineEnd: function() {
    switch (this._point) {
      case 2:
        this._context.lineTo(this._x2, this._y2);
        break;
      case 3:
        H(this, this._x1, this._y1);
        break;
    }
    (this._line || this._line !== 0 && this._point === 1) && this._context.closePath(), this._line = 1 - this._line;
  },
  point: function(e, t) {
    switch (e = +e, t = +t, this._point) {
      case 0:
        this._point = 1, this._line ? this._context.lineTo(e, t) : this._context.moveTo(e, t);
        break;
      case 1:
        this._point = 2, this._x1 = e, this._y1 = t;
        break;
      case 2:
        this._point = 3;
      // falls through
      default:
        H(this, e, t);
        break;
    }
    this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
  }
};
var ae = (function e(t) {
  function i(n) {
    return new ot(n, t);
  }
  return i.tension = function(n) {
    return e(+n);
  }, i;
})(0);
function rt(e, t) {
  this._context = e, this._k = (1 - t) / 6;
}
rt.prototype = {
  areaStart: P,
  areaEnd: P,
  lineStart: function() {
    this._x0 = this._x1 = this._x2 = this._x3 = this._x4 = this._x5 = this._y0 = this._y1 = this._y2 = this._y3 = this._y4 = this._y5 = NaN, this._point = 0;
  },
  lineEnd: function() {
    switch (this._point) {
      case 1: {
        this._context.moveTo(this._x3, this._y3), this._context.closePath();
        break;
      }
      case 2: {
        this._context.lineTo(this._x3, this._y3), this._context.closePath();
        break;
      }
      case 3: {
        this.point(this._x3, this._y3), this.point(this._x4, this._y4), this.point(this._x5, this._y5);
        break;
      }
    }
  },
  point: function(e, t) {
    switch (e = +e, t = +t, this._point) {
      case 0:
        this._point = 1, this._x3 = e, this._y3 = t;
        break;
      case 1:
        this._point = 2, this._context.moveTo(this._x4 = e, this._y4 = t);
        break;
      case 2:
        this._point = 3, this._x5 = e, this._y5 = t;
        break;
      default:
        H(this, e, t);
        break;
    }
    this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
  }
};
var he = (function e(t) {
  function i(n) {
    return new rt(n, t);
  }
  return i.tension = function(n) {
    return e(+n);
  }, i;
})(0);
function at(e, t) {
  this._context = e, this._k = (1 - t) / 6;
}
at.prototype = {
  areaStart: function() {
    this._line = 0;
  },
  areaEnd: function() {
    this._line = NaN;
  },
  lineStart: function() {
    this._x0 = this._x1 = this._x2 = this._y0 = this._y1 = this._y2 = NaN, this._point = 0;
  },
  lineEnd: function() {
    (this._line || this._line !== 0 && this._point === 3) && this._context.closePath(), this._line = 1 - this._line;
  },
  point: function(e, t) {
    switch (e = +e, t = +t, this._point) {
      case 0:
        this._point = 1;
        break;
      case 1:
        this._point = 2;
        break;
      case 2:
        this._point = 3, this._line ? this._context.lineTo(this._x2, this._y2) : this._context.moveTo(this._x2, this._y2);
        break;
      case 3:
        this._point = 4;
      // falls through
      default:
        H(this, e, t);
        break;
    }
    this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
  }
};
(function e(t) {
  function i(n) {
    return new at(n, t);
  }
  return i.tension = function(n) {
    return e(+n);
  }, i;
})(0);
function ht(e, t, i) {
  var n = e._x1, s = e._y1, o = e._x2, h = e._y2;
  if (e._l01_a > ut) {
    var r = 2 * e._l01_2a + 3 * e._l01_a * e._l12_a + e._l12_2a, a = 3 * e._l01_a * (e._l01_a + e._l12_a);
    n = (n * r - e._x0 * e._l12_2a + e._x2 * e._l01_2a) / a, s = (s * r - e._y0 * e._l12_2a + e._y2 * e._l01_2a) / a;
  }
  if (e._l23_a > ut) {
    var c = 2 * e._l23_2a + 3 * e._l23_a * e._l12_a + e._l12_2a, l = 3 * e._l23_a * (e._l23_a + e._l12_a);
    o = (o * c + e._x1 * e._l23_2a - t * e._l12_2a) / l, h = (h * c + e._y1 * e._l23_2a - i * e._l12_2a) / l;
  }
  e._context.bezierCurveTo(n, s, o, h, e._x2, e._y2);
}
function Dt(e, t) {
  this._context = e, this._alpha = t;
}
Dt.prototype = {
  areaStart: function() {
    this._line = 0;
  },
  areaEnd: function() {
    this._line = NaN;
  },
  lineStart: function() {
    this._x0 = this._x1 = this._x2 = this._y0 = this._y1 = this._y2 = NaN, this._l01_a = this._l12_a = this._l23_a = this._l01_2a = this._l12_2a = this._l23_2a = this._point = 0;
  },
  lineEnd: function() {
    switch (this._point) {
      case 2:
        this._context.lineTo(this._x2, this._y2);
        break;
      case 3:
        this.point(this._x2, this._y2);
        break;
    }
    (this._line || this._line !== 0 && this._point === 1) && this._context.closePath(), this._line = 1 - this._line;
  },
  point: function(e, t) {
    if (e = +e, t = +t, this._point) {
      var i = this._x2 - e, n = this._y2 - t;
      this._l23_a = Math.sqrt(this._l23_2a = Math.pow(i * i + n * n, this._alpha));
    }
    switch (this._point) {
      case 0:
        this._point = 1, this._line ? this._context.lineTo(e, t) : this._context.moveTo(e, t);
        break;
      case 1:
        this._point = 2;
        break;
      case 2:
        this._point = 3;
      // falls through
      default:
        ht(this, e, t);
        break;
    }
    this._l01_a = this._l12_a, this._l12_a = this._l23_a, this._l01_2a = this._l12_2a, this._l12_2a = this._l23_2a, this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
  }
};
(function e(t) {
  function i(n) {
    return t ? new Dt(n, t) : new ot(n, 0);
  }
  return i.alpha = function(n) {
    return e(+n);
  }, i;
})(0.5);
function Ot(e, t) {
  this._context = e, this._alpha = t;
}
Ot.prototype = {
  areaStart: P,
  areaEnd: P,
  lineStart: function() {
    this._x0 = this._x1 = this._x2 = this._x3 = this._x4 = this._x5 = this._y0 = this._y1 = this._y2 = this._y3 = this._y4 = this._y5 = NaN, this._l01_a = this._l12_a = this._l23_a = this._l01_2a = this._l12_2a = this._l23_2a = this._point = 0;
  },
  lineEnd: function() {
    switch (this._point) {
      case 1: {
        this._context.moveTo(this._x3, this._y3), this._context.closePath();
        break;
      }
      case 2: {
        this._context.lineTo(this._x3, this._y3), this._context.closePath();
        break;
      }
      case 3: {
        this.point(this._x3, this._y3), this.point(this._x4, this._y4), this.point(this._x5, this._y5);
        break;
      }
    }
  },
  point: function(e, t) {
    if (e = +e, t = +t, this._point) {
      var i = this._x2 - e, n = this._y2 - t;
      this._l23_a = Math.sqrt(this._l23_2a = Math.pow(i * i + n * n, this._alpha));
    }
    switch (this._point) {
      case 0:
        this._point = 1, this._x3 = e, this._y3 = t;
        break;
      case 1:
        this._point = 2, this._context.moveTo(this._x4 = e, this._y4 = t);
        break;
      case 2:
        this._point = 3, this._x5 = e, this._y5 = t;
        break;
      default:
        ht(this, e, t);
        break;
    }
    this._l01_a = this._l12_a, this._l12_a = this._l23_a, this._l01_2a = this._l12_2a, this._l12_2a = this._l23_2a, this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
  }
};
(function e(t) {
  function i(n) {
    return t ? new Ot(n, t) : new rt(n, 0);
  }
  return i.alpha = function(n) {
    return e(+n);
  }, i;
})(0.5);
function Rt(e, t) {
  this._context = e, this._alpha = t;
}
Rt.prototype = {
  areaStart: function() {
    this._line = 0;
  },
  areaEnd: function() {
    this._line = NaN;
  },
  lineStart: function() {
    this._x0 = this._x1 = this._x2 = this._y0 = this._y1 = this._y2 = NaN, this._l01_a = this._l12_a = this._l23_a = this._l01_2a = this._l12_2a = this._l23_2a = this._point = 0;
  },
  lineEnd: function() {
    (this._line || this._line !== 0 && this._point === 3) && this._context.closePath(), this._line = 1 - this._line;
  },
  point: function(e, t) {
    if (e = +e, t = +t, this._point) {
      var i = this._x2 - e, n = this._y2 - t;
      this._l23_a = Math.sqrt(this._l23_2a = Math.pow(i * i + n * n, this._alpha));
    }
    switch (this._point) {
      case 0:
        this._point = 1;
        break;
      case 1:
        this._point = 2;
        break;
      case 2:
        this._point = 3, this._line ? this._context.lineTo(this._x2, this._y2) : this._context.moveTo(this._x2, this._y2);
        break;
      case 3:
        this._point = 4;
      // falls through
      default:
        ht(this, e, t);
        break;
    }
    this._l01_a = this._l12_a, this._l12_a = this._l23_a, this._l01_2a = this._l12_2a, this._l12_2a = this._l23_2a, this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
  }
};
(function e(t) {
  function i(n) {
    return t ? new Rt(n, t) : new at(n, 0);
  }
  return i.alpha = function(n) {
    return e(+n);
  }, i;
})(0.5);
function zt(e) {
  this._context = e;
}
zt.prototype = {
  areaStart: P,
  areaEnd: P,
  lineStart: function() {
    this._point = 0;
  },
  lineEnd: function() {
    this._point && this._context.closePath();
  },
  point: function(e, t) {
    e = +e, t = +t, this._point ? this._context.lineTo(e, t) : (this._point = 1, this._context.moveTo(e, t));
  }
};
function ce(e) {
  return new zt(e);
}
function ft(e) {
  return e < 0 ? -1 : 1;
}
function gt(e, t, i) {
  var n = e._x1 - e._x0, s = t - e._x1, o = (e._y1 - e._y0) / (n || s < 0 && -0), h = (i - e._y1) / (s || n < 0 && -0), r = (o * s + h * n) / (n + s);
  return (ft(o) + ft(h)) * Math.min(Math.abs(o), Math.abs(h), 0.5 * Math.abs(r)) || 0;
}
function mt(e, t) {
  var i = e._x1 - e._x0;
  return i ? (3 * (e._y1 - e._y0) / i - t) / 2 : t;
}
function U(e, t, i) {
  var n = e._x0, s = e._y0, o = e._x1, h = e._y1, r = (o - n) / 3;
  e._context.bezierCurveTo(n + r, s + r * t, o - r, h - r * i, o, h);
}
function et(e) {
  this._context = e;
}
et.prototype = {
  areaStart: function() {
    this._line = 0;
  },
  areaEnd: function() {
    this._line = NaN;
  },
  lineStart: function() {
    this._x0 = this._x1 = this._y0 = this._y1 = this._t0 = NaN, this._point = 0;
  },
  lineEnd: function() {
    switch (this._point) {
      case 2:
        this._context.lineTo(this._x1, this._y1);
        break;
      case 3:
        U(this, this._t0, mt(this, this._t0));
        break;
    }
    (this._line || this._line !== 0 && this._point === 1) && this._context.closePath(), this._line = 1 - this._line;
  },
  point: function(e, t) {
    var i = NaN;
    if (e = +e, t = +t, !(e === this._x1 && t === this._y1)) {
      switch (this._point) {
        case 0:
          this._point = 1, this._line ? this._context.lineTo(e, t) : this._context.moveTo(e, t);
          break;
        case 1:
          this._point = 2;
          break;
        case 2:
          this._point = 3, U(this, mt(this, i = gt(this, e, t)), i);
          break;
        default:
          U(this, this._t0, i = gt(this, e, t));
          break;
      }
      this._x0 = this._x1, this._x1 = e, this._y0 = this._y1, this._y1 = t, this._t0 = i;
    }
  }
};
Object.create(et.prototype).point = function(e, t) {
  et.prototype.point.call(this, t, e);
};
const q = 32, b = (e, t = 0, i = 1) => Math.min(i, Math.max(t, e)), le = {
  linear: (e) => e,
  in: (e) => e * e,
  out: (e) => 1 - (1 - e) ** 2,
  in_out: (e) => e * e * (3 - 2 * e)
};
function de(e, t, i) {
  const n = e.points.map(([r, a]) => [r * t, a * i]);
  if (n.length < 2 || e.kind === "static") return "";
  const s = e.kind === "spline", o = e.closed ? he : ae, h = e.closed ? ce : Ct;
  return re().curve(s ? o.tension(e.tension) : h)(n) ?? "";
}
function It(e, t) {
  const i = t.closed ? [...e, e[0]] : e, n = i.length - 1, s = i.map((h, r) => {
    const a = r > 0 && r < n;
    if (!a && !t.closed) return [0, 0];
    const [c, l] = a ? [i[r - 1], i[r + 1]] : [i[n - 1], i[1]], d = (1 - t.tension) / 2;
    return [(l[0] - c[0]) * d, (l[1] - c[1]) * d];
  });
  return { at: (h) => {
    const r = Math.min(n - 1, Math.max(0, Math.floor(h))), a = h - r, [c, l] = [i[r], i[r + 1]];
    if (t.kind !== "spline") return [c[0] + (l[0] - c[0]) * a, c[1] + (l[1] - c[1]) * a];
    const [d, p] = [s[r], s[r + 1]], [u, _] = [a * a, a * a * a], [f, g, y, m] = [2 * _ - 3 * u + 1, _ - 2 * u + a, -2 * _ + 3 * u, _ - u];
    return [f * c[0] + g * d[0] + y * l[0] + m * p[0], f * c[1] + g * d[1] + y * l[1] + m * p[1]];
  }, segments: n };
}
function pe(e, t, i, n) {
  const s = ct(e, i, n);
  return Array.from({ length: t }, (o, h) => s(t > 1 ? h / (t - 1) : 0));
}
function ct(e, t, i) {
  const n = e.points.map(([d, p]) => [d * t, p * i]);
  if (e.kind === "static" || n.length < 2) return () => n[0] ?? [0, 0];
  const s = Math.max(e.end - e.start, 1e-9), o = (d) => le[e.ease](b((d - e.start) / s)), { at: h, segments: r } = It(n, e);
  if (e.speed === "points") return (d) => h(o(d) * r);
  const a = r * q, c = Array.from({ length: a + 1 }, (d, p) => h(p * r / a)), l = [0];
  for (let d = 1; d <= a; d += 1)
    l.push(l[d - 1] + Math.hypot(c[d][0] - c[d - 1][0], c[d][1] - c[d - 1][1]));
  return (d) => ue(c, l, o(d) * l[a]);
}
function ue(e, t, i) {
  let [n, s] = [0, t.length - 1];
  for (; s - n > 1; ) {
    const c = n + s >> 1;
    t[c] <= i ? n = c : s = c;
  }
  const o = t[s] - t[n], h = o > 0 ? b((i - t[n]) / o) : 0, [r, a] = [e[n], e[s]];
  return [r[0] + (a[0] - r[0]) * h, r[1] + (a[1] - r[1]) * h];
}
function _e(e, t, i, n) {
  const s = e.points.map(([c, l]) => [c * i, l * n]);
  if (s.length < 2) return s.length;
  const { at: o, segments: h } = It(s, e);
  let [r, a] = [0, 1 / 0];
  for (let c = 0; c <= h * q; c += 1) {
    const [l, d] = o(c / q), p = Math.hypot(l - t[0], d - t[1]);
    p < a && ([r, a] = [c / q, p]);
  }
  return Math.min(h, Math.floor(r) + 1);
}
function fe(e, t) {
  const i = e.length;
  return i < 3 ? e.map(([n, s]) => [n, s]) : e.map(([n, s], o) => {
    if (!t && (o === 0 || o === i - 1)) return [n, s];
    const [h, r] = [e[(o + i - 1) % i], e[(o + 1) % i]];
    return [(h[0] + 2 * n + r[0]) / 4, (h[1] + 2 * s + r[1]) / 4];
  });
}
const jt = ["spline", "linear", "freehand", "static"], qt = ["linear", "in", "out", "in_out"], Ft = ["constant", "points"], B = ["#e63946", "#1d78b4", "#2a9d5a", "#f48c14", "#7b4bb4", "#0096a0", "#d6468c", "#8a7a2a"], lt = 1024, K = (e = [720, 480]) => ({
  version: 1,
  canvas: e,
  tracks: [],
  bg: null
});
function W(e, t = [], i = "spline") {
  const n = new Set(e.map((o) => o.id));
  let s = e.length + 1;
  for (; n.has(`t${s}`); ) s += 1;
  return {
    id: `t${s}`,
    name: `Track ${s}`,
    color: B[(s - 1) % B.length],
    kind: i,
    tension: 0,
    closed: !1,
    points: t,
    start: 0,
    end: 1,
    ease: "linear",
    speed: "constant",
    visible: !0,
    locked: !1
  };
}
function ge(e) {
  if (e == null || e === "") return { drawing: K(), error: null };
  try {
    const t = typeof e == "string" ? JSON.parse(e) : e;
    return v(t) ? t.version !== 1 ? { drawing: null, error: `version ${String(t.version)} is not known here: update the pack` } : { drawing: Bt(t), error: null } : { drawing: null, error: "this is no drawing" };
  } catch (t) {
    return { drawing: null, error: t instanceof Error ? t.message : String(t) };
  }
}
const Ht = (e) => JSON.stringify(e);
function me(e, t, i) {
  const n = e.trim();
  if (n === "") throw new Error("the text is empty");
  const s = ve(n);
  if (s) return G(s, [256, 256], i);
  let o;
  try {
    o = JSON.parse(n);
  } catch {
    o = JSON.parse(n.replaceAll("'", '"'));
  }
  return v(o) && o.version === 1 ? it(Bt(o).tracks, i) : v(o) && v(o.tora_track) ? it([Kt(o.tora_track, 0, [])], i) : v(o) && Array.isArray(o.track_path) ? G(Me(o.track_path), t, i) : G(F(o), t, i);
}
const ye = (e) => JSON.stringify({ tora_track: e }), xe = ["Tora text", "coordinates", "TRACKS", "drawing"];
function be(e, t, i) {
  const [n, s] = e.canvas, o = e.tracks.filter((r) => r.visible && r.points.length > 0), h = () => o.map((r) => pe(r, i, n, s));
  switch (t) {
    case "Tora text":
      return o.map((r) => r.points.map(([a, c]) => `${Math.round(a * 256)},${Math.round(c * 256)}`).join(`
`)).join(`

`);
    case "coordinates":
      return JSON.stringify(h().map((r) => r.map(([a, c]) => ({ x: Y(a), y: Y(c) }))));
    case "TRACKS": {
      const r = h(), a = Array.from({ length: i }, (c, l) => r.map((d) => d[l].map(Y)));
      return JSON.stringify({ track_path: a, canvas: [n, s] });
    }
    case "drawing":
      return Ht(e);
  }
}
const Y = (e) => Math.round(e * 100) / 100;
function Bt(e) {
  const t = [];
  for (const i of Array.isArray(e.tracks) ? e.tracks.slice(0, lt) : [])
    v(i) && t.push(Kt(i, t.length, t));
  return { version: 1, canvas: we(e.canvas), tracks: t, bg: ke(e.bg) };
}
function Kt(e, t, i) {
  const n = W(i), s = (c, l, d) => l.includes(c) ? c : d, o = (c, l) => typeof c == "number" && Number.isFinite(c) ? b(c) : l, h = typeof e.id == "string" && !i.some((c) => c.id === e.id) ? e.id : n.id, [r, a] = [o(e.start, 0), o(e.end, 1)];
  return {
    id: h,
    name: typeof e.name == "string" && e.name !== "" ? e.name : `Track ${t + 1}`,
    color: typeof e.color == "string" && /^#[0-9a-f]{6}$/i.test(e.color) ? e.color : B[t % B.length],
    kind: s(e.kind, jt, "spline"),
    tension: o(e.tension, 0),
    closed: e.closed === !0,
    points: (Array.isArray(e.points) ? e.points : []).map(z).filter((c) => c !== null),
    start: Math.min(r, a),
    end: Math.max(r, a),
    ease: s(e.ease, qt, "linear"),
    speed: s(e.speed, Ft, "constant"),
    visible: e.visible !== !1,
    locked: e.locked === !0
  };
}
function z(e) {
  const [t, i] = Array.isArray(e) ? e : v(e) ? [e.x, e.y] : [];
  return typeof t == "number" && typeof i == "number" && Number.isFinite(t) && Number.isFinite(i) ? [t, i] : null;
}
function we(e) {
  const t = z(e);
  return t && t[0] >= 1 && t[1] >= 1 ? t : K().canvas;
}
function ke(e) {
  return !v(e) || typeof e.filename != "string" || e.filename === "" ? null : { filename: e.filename, subfolder: String(e.subfolder ?? ""), type: String(e.type ?? "input") };
}
function ve(e) {
  const t = [[]];
  for (const i of e.split(/\r?\n/)) {
    if (i.trim() === "") {
      t.push([]);
      continue;
    }
    const n = /^\s*\(?\s*([-+\d.eE]+)\s*[,;\s]\s*([-+\d.eE]+)\s*\)?\s*,?\s*$/.exec(i), s = n ? [Number(n[1]), Number(n[2])] : null;
    if (!s || !s.every(Number.isFinite)) return null;
    t.at(-1).push(s);
  }
  return t.filter((i) => i.length > 0);
}
function F(e) {
  if (typeof e == "string") return F(JSON.parse(e));
  if (v(e)) {
    const i = z(e);
    if (i) return [[i]];
    for (const n of ["points", "coordinates", "positive", "splines", "paths", "tracks"])
      if (n in e) return F(e[n]);
    throw new Error("no coordinates were found in this text");
  }
  if (!Array.isArray(e)) throw new Error("no coordinates were found in this text");
  const t = e.map(z);
  return e.length > 0 && t.every((i) => i !== null) && e.every((i) => !Array.isArray(i) || i.length === 2) ? [t] : e.flatMap(F);
}
function Me(e) {
  const t = e[0];
  if (!Array.isArray(t)) throw new Error("expected track_path as [frames][tracks][x, y]");
  return t.map((i, n) => e.map((s) => z(Array.isArray(s) ? s[n] : null)).filter((s) => s !== null));
}
function G(e, t, i) {
  const n = e.filter((a) => a.length > 0);
  if (n.length === 0) throw new Error("no coordinates were found in this text");
  const s = n.some((a) => a.some(([c, l]) => c > 1.5 || l > 1.5)), [o, h] = s ? t : [1, 1], r = n.slice(0, lt).map((a) => {
    const c = a.map(([l, d]) => [b(l / o), b(d / h)]);
    return { ...W([]), kind: "linear", speed: "points", points: c };
  });
  return it(r, i);
}
function it(e, t) {
  const i = [...t];
  return e.map((n) => {
    const { id: s, name: o, color: h } = W(i), r = { ...n, id: s, color: h, name: /^Track \d+$/.test(n.name) ? o : n.name };
    return i.push(r), r;
  });
}
const v = (e) => typeof e == "object" && e !== null && !Array.isArray(e), Ee = {
  play: "M5 3l8 5-8 5z",
  stop: "M4 4h8v8H4z",
  expand: "M9 2h5v5M14 2L9 7M7 14H2V9M2 14l5-5",
  shown: "M1 8c3-5 11-5 14 0-3 5-11 5-14 0zM8 6a2 2 0 100 4 2 2 0 000-4z",
  hidden: "M1 8c3-5 11-5 14 0M2 13L14 3",
  locked: "M4 7h8v7H4zM5.5 7V5a2.5 2.5 0 015 0v2",
  unlocked: "M4 7h8v7H4zM5.5 7V4a2.5 2.5 0 015-.5",
  duplicate: "M2 2h8v8H2zM6 6h8v8H6z",
  up: "M8 13V3M4 7l4-4 4 4",
  down: "M8 3v10M4 9l4 4 4-4",
  remove: "M3 3l10 10M13 3L3 13",
  help: "M5.5 6a2.5 2.5 0 113.6 2.3c-.8.4-1.1.8-1.1 1.7M8 12.6v.1"
};
function L(e) {
  const t = "http://www.w3.org/2000/svg", i = document.createElementNS(t, "svg");
  i.setAttribute("viewBox", "0 0 16 16"), i.setAttribute("class", "tora-icon"), i.setAttribute("aria-hidden", "true");
  const n = document.createElementNS(t, "path");
  return n.setAttribute("d", Ee[e]), i.append(n), i;
}
const w = 2 * Math.PI, Vt = {
  circle: { points: 13, at: (e) => [Math.cos(w * e), Math.sin(w * e)] },
  spiral: { points: 25, at: (e) => [e * Math.cos(3 * w * e), e * Math.sin(3 * w * e)] },
  coaster: { points: 17, at: (e) => [2 * e - 1, -Math.cos(2.5 * w * e) * (1 - 0.6 * e)] },
  dance: { points: 21, at: (e) => [Math.sin(2 * w * e), -Math.abs(Math.sin(4 * w * e)) * 0.8 + 0.4] },
  infinity: { points: 25, at: (e) => [Math.sin(w * e), 0.6 * Math.sin(2 * w * e)] },
  pause: { points: 13, at: (e) => [e < 0.4 ? 2.5 * e - 1 : e < 0.6 ? 0 : 2.5 * e - 1.5, 0] },
  shake: { points: 25, at: (e) => [0.5 * Math.sin(6 * w * e) * (1 - e), 0.2 * Math.cos(3 * w * e) * (1 - e)] },
  wave: { points: 17, at: (e) => [2 * e - 1, 0.5 * Math.sin(2 * w * e)] },
  sawtooth: { points: 9, at: (e) => [2 * e - 1, Math.round(8 * e) % 2 === 0 ? 0.5 : -0.5] }
}, Se = Object.keys(Vt);
function yt(e, t, i, n, s) {
  const { points: o, at: h } = Vt[e], r = Math.min(n, s) * i;
  return Array.from({ length: o }, (a, c) => {
    const [l, d] = h(c / (o - 1));
    return [b(t[0] + l * r / n), b(t[1] + d * r / s)];
  });
}
const J = ([e, t]) => [nt(b(e)), nt(b(t))], nt = (e) => Math.round(e * 1e5) / 1e5;
function C(e, t, i) {
  return {
    ...e,
    tracks: e.tracks.map((n) => n.id === t ? { ...n, ...i(n) } : n)
  };
}
function V(e, t = [], i = "spline") {
  if (e.tracks.length >= lt) return [e, null];
  const n = W(e.tracks, t.map(J), i);
  return [{ ...e, tracks: [...e.tracks, n] }, n.id];
}
const Te = (e, t) => ({
  ...e,
  tracks: e.tracks.filter((i) => i.id !== t)
});
function $e(e, t, i = 0.03) {
  const n = e.tracks.find((s) => s.id === t);
  return n ? Ae(e, { ...n, points: n.points.map(([s, o]) => [s + i, o + i]) }) : [e, null];
}
function Ae(e, t) {
  const [i, n] = V(e, t.points, t.kind);
  if (n === null) return [e, null];
  const s = e.tracks.some((o) => o.name === t.name) ? `${t.name} copy` : t.name;
  return [C(i, n, (o) => ({ ...t, id: n, color: o.color, name: s, points: o.points })), n];
}
function xt(e, t, i) {
  const n = e.tracks.findIndex((h) => h.id === t), s = b(n + i, 0, e.tracks.length - 1);
  if (n < 0 || n === s) return e;
  const o = [...e.tracks];
  return o.splice(s, 0, ...o.splice(n, 1)), { ...e, tracks: o };
}
const T = (e, t, i) => C(e, t, () => i);
function Ne(e, t, i, n) {
  return C(e, t, (s) => {
    const o = nt(b(n));
    return i === "start" ? { start: o, end: Math.max(o, s.end) } : { end: o, start: Math.min(o, s.start) };
  });
}
const Pe = (e, t, i, n) => C(e, t, ({ points: s }) => ({ points: s.toSpliced(i, 0, J(n)) }));
function bt(e, t, i, n) {
  const s = new Set(t.map((l) => `${l.track}:${l.index}`)), o = (l, d) => !l.locked && s.has(`${l.id}:${d}`), h = e.tracks.flatMap((l) => l.points.filter((d, p) => o(l, p)));
  if (h.length === 0) return e;
  const r = (l, d) => {
    const p = h.map((u) => u[l]);
    return b(d, -Math.min(...p), 1 - Math.max(...p));
  }, [a, c] = [r(0, i), r(1, n)];
  return {
    ...e,
    tracks: e.tracks.map((l) => {
      if (!l.points.some((p, u) => o(l, u))) return l;
      const d = l.points.map((p, u) => o(l, u) ? J([p[0] + a, p[1] + c]) : p);
      return { ...l, points: d };
    })
  };
}
function wt(e, t) {
  const i = new Set(t.map((s) => `${s.track}:${s.index}`)), n = e.tracks.map(
    (s) => s.locked ? s : { ...s, points: s.points.filter((o, h) => !i.has(`${s.id}:${h}`)) }
  );
  return { ...e, tracks: n.filter((s, o) => s.points.length > 0 || e.tracks[o] === s) };
}
const Ce = (e, t) => C(e, t, ({ points: i }) => ({ points: i.toReversed() })), Le = (e, t) => C(e, t, ({ points: i, closed: n }) => ({ points: fe(i, n).map(J) })), kt = "Click: add a point. Drag: move. Click on the line: insert. Shift: choose several, or draw a box. Right click or Delete: remove. Arrows: nudge (Shift: ten). Ctrl+V: paste tracks or a picture.", Wt = 0.8, vt = "Play: a dot moves along every track";
class De {
  constructor(t) {
    this.editor = t, this.list.className = "tora-list", this.list.setAttribute("role", "listbox"), this.list.setAttribute("aria-label", "Tracks"), this.note.setAttribute("role", "status");
    const i = O("Add a preset", ["preset…", ...Se], (a) => {
      i.selectedIndex = 0, t.preset = a, t.say(`Drag on the picture from the middle of the ${a} outwards; a click places it at its usual size.`);
    }), n = O("Copy all tracks", ["export…", ...xe], (a) => {
      n.selectedIndex = 0, t.exportAll(a);
    }), s = j("How strongly the picture shows", (a) => t.host.setProperty("tora_opacity", a));
    s.value = String(t.host.property("tora_opacity", Wt)), s.addEventListener("input", () => {
      t.host.setProperty("tora_opacity", Number(s.value)), t.select(t.selected?.id ?? null);
    }), this.playButton = k(L("play"), vt, () => {
      t.playing = !t.playing, t.select(t.selected?.id ?? null);
    }), this.tools.append(
      k("+ track", "Start a new track", () => this.add([])),
      i,
      this.forTrack("reverse", "Walk the track the other way", (a) => Ce(t.drawing, a.id)),
      this.forTrack("smooth", "Take the tremble out of the track", (a) => Le(t.drawing, a.id)),
      this.forTrack(
        "close",
        "Come back to the first point, or not",
        (a) => T(t.drawing, a.id, { closed: !a.closed })
      ),
      this.playButton,
      k("import", "Paste coordinates of any kind", () => this.askImport()),
      n,
      k("copy", "Copy the track for another editor", () => t.copyTrack()),
      k("picture", "Choose a picture to draw on", () => this.askPicture()),
      s,
      k(L("expand"), "Expand, or come back", () => t.expand()),
      k(L("help"), kt, () => t.say(kt))
    );
    const o = /* @__PURE__ */ new Set(["Start a new track", "Add a preset", "Expand, or come back", vt]);
    for (const a of this.tools.children) a.classList.toggle("wide", !o.has(a.getAttribute("aria-label") ?? ""));
    const h = (a) => {
      const c = t.selected;
      c && t.edit(T(t.drawing, c.id, a(c)), "other");
    };
    this.kind = O("Kind of line", jt, (a) => {
      t.kind = a, h(() => ({ kind: a })), a === "static" && t.say("Tora writes no flow for a point that stays: it cannot hold anything still.");
    }), this.tension = j("Tension of the curve: round to straight", (a) => h(() => ({ tension: a }))), this.ease = O("Ease", qt, (a) => h(() => ({ ease: a }))), this.speed = O("Speed: constant, or slow where points are close", Ft, (a) => h(() => ({ speed: a })));
    const r = (a) => (c) => {
      const l = t.selected;
      l && t.edit(Ne(t.drawing, l.id, a, c), "other");
    };
    this.start = j("When the track starts to move", r("start")), this.end = j("When the track comes to rest", r("end")), this.settings.append(
      this.kind,
      X("tension", this.tension, "wide"),
      this.ease,
      this.speed,
      X("start", this.start),
      X("end", this.end),
      this.times
    );
  }
  editor;
  tools = D("div", "tora-bar");
  list = document.createElement("ul");
  settings = D("div", "tora-bar");
  note = D("div", "tora-note");
  needTrack = [];
  playButton;
  kind;
  tension;
  ease;
  speed;
  start;
  end;
  times = D("span", "");
  say(t, i) {
    this.note.textContent = t, this.note.title = t, this.note.classList.toggle("error", i);
  }
  render() {
    const { drawing: t, selected: i } = this.editor;
    this.list.replaceChildren(...t.tracks.map((s) => this.row(s)));
    for (const s of this.needTrack) s.disabled = !i || i.locked;
    this.playButton.replaceChildren(L(this.editor.playing ? "stop" : "play")), this.kind.value = i?.kind ?? this.editor.kind;
    for (const s of [this.tension, this.ease, this.speed, this.start, this.end]) s.disabled = !i;
    this.tension.value = String(i?.tension ?? 0), this.ease.value = i?.ease ?? "linear", this.speed.value = i?.speed ?? "constant", this.start.value = String(i?.start ?? 0), this.end.value = String(i?.end ?? 1);
    const n = this.editor.host.size().frames - 1;
    this.times.textContent = `frames ${Math.round((i?.start ?? 0) * n)}–${Math.round((i?.end ?? 1) * n)}`;
  }
  add(t) {
    const [i, n] = V(this.editor.drawing, t, t.length ? "spline" : this.editor.kind);
    this.editor.edit(i, "other"), n && this.editor.select(n);
  }
  row(t) {
    const { editor: i } = this, n = document.createElement("li");
    n.dataset.track = t.id, n.setAttribute("role", "option"), n.setAttribute("aria-selected", String(t.id === i.selected?.id)), n.addEventListener("click", (a) => a.target === n && i.select(t.id));
    const s = (a) => i.edit(T(i.drawing, t.id, a), "other"), o = document.createElement("input");
    Object.assign(o, { type: "color", value: t.color, title: "Colour" }), o.addEventListener("change", () => s({ color: o.value }));
    const h = document.createElement("input");
    Object.assign(h, { className: "name", value: t.name, title: `${t.name}: ${t.points.length} points` }), h.addEventListener("focus", () => t.id !== i.selected?.id && i.select(t.id)), h.addEventListener("change", () => s({ name: h.value || t.name }));
    const r = (a, c, l) => k(L(a), c, l);
    if (n.append(
      o,
      h,
      r(t.visible ? "shown" : "hidden", t.visible ? "Hide" : "Show", () => s({ visible: !t.visible })),
      r(t.locked ? "locked" : "unlocked", t.locked ? "Unlock" : "Lock", () => s({ locked: !t.locked }))
    ), t.id === i.selected?.id) {
      const a = D("span", "more");
      a.append(
        r("duplicate", "Duplicate", () => {
          const [c, l] = $e(i.drawing, t.id);
          i.edit(c, "other"), l && i.select(l);
        }),
        r("up", "Move up", () => i.edit(xt(i.drawing, t.id, -1), "other")),
        r("down", "Move down", () => i.edit(xt(i.drawing, t.id, 1), "other")),
        r("remove", "Delete", () => {
          i.edit(Te(i.drawing, t.id), "other"), i.select(i.drawing.tracks.at(-1)?.id ?? null);
        })
      ), n.append(a);
    }
    return n;
  }
  forTrack(t, i, n) {
    const s = k(t, i, () => {
      const o = this.editor.selected;
      o && this.editor.edit(n(o), "other");
    });
    return this.needTrack.push(s), s;
  }
  askImport() {
    this.editor.attempt(async () => {
      const t = await navigator.clipboard.readText().catch(() => ""), i = window.prompt("Coordinates: Tora text, KJNodes, [[x, y], ...] or TRACKS JSON", t.slice(0, 1e5));
      i && this.editor.importText(i);
    });
  }
  askPicture() {
    const t = document.createElement("input");
    Object.assign(t, { type: "file", accept: "image/*" }), t.addEventListener("change", () => t.files?.[0] && this.editor.setBackground(t.files[0])), t.click();
  }
}
function D(e, t) {
  const i = document.createElement(e);
  return i.className = t, i;
}
function k(e, t, i) {
  const n = document.createElement("button");
  return Object.assign(n, { type: "button", title: t }), n.append(e), n.setAttribute("aria-label", t), n.addEventListener("click", i), n;
}
function O(e, t, i) {
  const n = document.createElement("select");
  return n.title = e, n.setAttribute("aria-label", e), n.append(...t.map((s) => Object.assign(document.createElement("option"), { value: s, textContent: s }))), n.addEventListener("change", () => i(n.value)), n;
}
function j(e, t) {
  const i = document.createElement("input");
  return Object.assign(i, { type: "range", min: "0", max: "1", step: "0.01", title: e }), i.setAttribute("aria-label", e), i.addEventListener("change", () => t(Number(i.value))), i;
}
function X(e, t, i = "") {
  const n = document.createElement("label");
  return n.className = i, n.append(e, t), n;
}
function Oe(e) {
  return e && e.__esModule && Object.prototype.hasOwnProperty.call(e, "default") ? e.default : e;
}
var Z = { exports: {} }, Mt;
function Re() {
  return Mt || (Mt = 1, (function(e) {
    (function() {
      function t(r, a) {
        var c = r.x - a.x, l = r.y - a.y;
        return c * c + l * l;
      }
      function i(r, a, c) {
        var l = a.x, d = a.y, p = c.x - l, u = c.y - d;
        if (p !== 0 || u !== 0) {
          var _ = ((r.x - l) * p + (r.y - d) * u) / (p * p + u * u);
          _ > 1 ? (l = c.x, d = c.y) : _ > 0 && (l += p * _, d += u * _);
        }
        return p = r.x - l, u = r.y - d, p * p + u * u;
      }
      function n(r, a) {
        for (var c = r[0], l = [c], d, p = 1, u = r.length; p < u; p++)
          d = r[p], t(d, c) > a && (l.push(d), c = d);
        return c !== d && l.push(d), l;
      }
      function s(r, a, c, l, d) {
        for (var p = l, u, _ = a + 1; _ < c; _++) {
          var f = i(r[_], r[a], r[c]);
          f > p && (u = _, p = f);
        }
        p > l && (u - a > 1 && s(r, a, u, l, d), d.push(r[u]), c - u > 1 && s(r, u, c, l, d));
      }
      function o(r, a) {
        var c = r.length - 1, l = [r[0]];
        return s(r, 0, c, a, l), l.push(r[c]), l;
      }
      function h(r, a, c) {
        if (r.length <= 2) return r;
        var l = a !== void 0 ? a * a : 1;
        return r = c ? r : n(r, l), r = o(r, l), r;
      }
      e.exports = h, e.exports.default = h;
    })();
  })(Z)), Z.exports;
}
var ze = Re();
const Ie = /* @__PURE__ */ Oe(ze), je = "http://www.w3.org/2000/svg";
function x(e, t) {
  const i = document.createElementNS(je, e);
  return N(i, t), i;
}
function N(e, t) {
  for (const [i, n] of Object.entries(t)) e.setAttribute(i, n);
}
function qe(e, { width: t, height: i, frames: n, unit: s, active: o, faint: h, chosen: r }) {
  const a = x("g", { "data-track": e.id, class: h ? "faint" : "" }), c = de(e, t, i), l = (u) => x("path", { class: u, d: c }), d = x("path", { class: "line", d: c, stroke: e.color });
  if (a.append(...o ? [l("under")] : [], l("halo"), d, l("hit")), o && e.points.length > 1 && e.kind !== "static") {
    const u = ct(e, t, i);
    for (let _ = 0; _ < n; _ += 1) {
      const [f, g] = u(n > 1 ? _ / (n - 1) : 0), y = x("circle", { class: "tick", cx: String(f), cy: String(g), r: String(1.8 * s), fill: e.color });
      y.append(Object.assign(x("title", {}), { textContent: `frame ${_}` })), a.append(y);
    }
  }
  const p = o ? e.points.map((u, _) => _) : e.points.length ? [0] : [];
  for (const u of p) {
    const [_, f] = e.points[u], g = r.includes(u), y = `point${u === 0 ? " first" : ""}${g ? " chosen" : ""}`, m = String((u === 0 ? 6 : 4.5) * s);
    a.append(
      x("circle", { class: y, cx: String(_ * t), cy: String(f * i), r: m, fill: e.color, "data-index": String(u) })
    );
  }
  return a;
}
const Fe = 2.5, Et = 8, He = 0.3;
class Be {
  constructor(t) {
    this.editor = t, this.element.append(this.frame, this.picture, this.grid, this.lines, this.dots);
    const i = { signal: this.stop.signal };
    this.element.addEventListener("pointerdown", (n) => this.onDown(n), i), this.element.addEventListener("pointermove", (n) => this.onMove(n), i);
    for (const n of ["pointerup", "pointercancel"]) this.element.addEventListener(n, (s) => this.onUp(s), i);
    this.element.addEventListener("keydown", (n) => this.onKey(n), i), this.element.addEventListener("contextmenu", (n) => this.onMenu(n), i), this.resized.observe(this.element);
  }
  editor;
  element = x("svg", { class: "tora-stage", tabindex: "0", role: "application", "aria-label": "Trajectory drawing" });
  frame = x("rect", { class: "frame", x: "0", y: "0" });
  picture = x("image", { preserveAspectRatio: "xMidYMid slice", "pointer-events": "none" });
  grid = x("path", { class: "grid" });
  lines = x("g", {});
  dots = x("g", { "pointer-events": "none" });
  drag = null;
  /** What is drawn of each track as it is; a track that did not change is not drawn again. */
  drawn = /* @__PURE__ */ new Map();
  playFrom = null;
  stop = new AbortController();
  resized = new ResizeObserver(() => this.editor.refresh());
  render() {
    const { width: t, height: i, frames: n } = this.editor.host.size(), { drawing: s, selected: o } = this.editor;
    N(this.element, { viewBox: `${-t * 0.02} ${-i * 0.02} ${t * 1.04} ${i * 1.04}` }), N(this.frame, { width: String(t), height: String(i) });
    const h = this.editor.host.background(s.bg);
    N(this.picture, { width: String(t), height: String(i), visibility: h ? "visible" : "hidden" }), N(this.picture, { opacity: String(this.editor.host.property("tora_opacity", Wt)) }), h && this.picture.getAttribute("href") !== h && this.picture.setAttribute("href", h);
    const [r, a, c, l] = [t / 3, 2 * t / 3, i / 3, 2 * i / 3];
    N(this.grid, { d: `M${r} 0V${i}M${a} 0V${i}M0 ${c}H${t}M0 ${l}H${t}` });
    const d = this.unit(), p = s.tracks.filter((g) => g.visible && g.id !== o?.id), u = o?.visible ? [...p, o] : p, _ = `${t} ${i} ${n} ${d} ${o?.id ?? ""}`, f = /* @__PURE__ */ new Map();
    for (const g of u) {
      const y = this.editor.chosen.flatMap((dt) => dt.track === g.id ? [dt.index] : []), m = `${_} ${y.join(",")}`, M = this.drawn.get(g), $ = g.id === o?.id, I = { width: t, height: i, frames: n, unit: d, active: $, faint: !$ && o !== null, chosen: y }, Jt = M?.key === m ? M.group : qe(g, I);
      f.set(g, { key: m, group: Jt });
    }
    for ([...f.values()].forEach(({ group: g }, y) => {
      const m = this.lines.children[y];
      m !== g && (m && ![...f.values()].some((M) => M.group === m) ? m.replaceWith(g) : this.lines.insertBefore(g, m ?? null));
    }); this.lines.children.length > f.size; ) this.lines.lastElementChild?.remove();
    this.drawn = f, this.play();
  }
  dispose() {
    this.stop.abort(), this.resized.disconnect(), this.playFrom = null;
  }
  /** Video pixels per screen pixel, so that points keep their size at any zoom. */
  unit() {
    const t = this.frame.getBoundingClientRect().width;
    return t > 0 ? this.editor.host.size().width / t : 1;
  }
  /** Where a pointer is, in 0..1 of the frame; outside of it the nearest place inside. */
  at(t) {
    const i = this.frame.getBoundingClientRect();
    return [b((t.clientX - i.left) / i.width), b((t.clientY - i.top) / i.height)];
  }
  onDown(t) {
    if (t.button !== 0 || this.editor.host.readOnly()) return;
    this.element.focus({ preventScroll: !0 }), this.element.setPointerCapture(t.pointerId), t.stopPropagation();
    const { editor: i } = this, n = t.target, s = n.closest("[data-track]")?.getAttribute("data-track") ?? null, o = n.getAttribute("data-index"), h = this.at(t);
    if (i.preset) return this.startPreset(i.preset, h);
    if (s && o !== null) return this.grab({ track: s, index: Number(o) }, h, t.shiftKey);
    if (s && s !== i.selected?.id) return i.select(s);
    if (t.shiftKey) {
      this.drag = { kind: "marquee", from: h, to: h };
      return;
    }
    if (!i.selected) {
      const [_, f] = V(i.drawing, [], i.kind);
      i.edit(_, "no"), i.select(f);
    }
    const r = i.selected;
    if (!r || r.locked || !r.visible) return i.say("This track is locked or hidden.");
    if (r.kind === "freehand" && r.points.length === 0) {
      this.drag = { kind: "freehand", track: r.id, line: [h], base: i.drawing };
      return;
    }
    const { width: a, height: c } = i.host.size(), l = s === r.id, d = [h[0] * a, h[1] * c], p = r.kind === "static" ? 0 : l ? _e(r, d, a, c) : r.points.length, u = r.kind === "static" ? T(i.drawing, r.id, { points: [] }) : i.drawing;
    return i.edit(Pe(u, r.id, p, h), "no"), this.grab({ track: r.id, index: p }, h, !1);
  }
  /** A preset grows from its middle while the pointer moves away; a click leaves it at its usual size. */
  startPreset(t, i) {
    const { editor: n } = this, { width: s, height: o } = n.host.size();
    n.preset = null;
    const [h, r] = V(n.drawing, yt(t, i, He, s, o));
    r !== null && (n.edit(h, "no"), n.select(r), this.drag = { kind: "preset", name: t, track: r, from: i, base: h });
  }
  grab(t, i, n) {
    const { editor: s } = this;
    t.track !== s.selected?.id && s.select(t.track);
    const o = (r) => r.track === t.track && r.index === t.index, h = s.chosen.some(o);
    n ? s.choose(h ? s.chosen.filter((r) => !o(r)) : [...s.chosen, t]) : h || s.choose([t]), this.drag = { kind: "points", refs: [...s.chosen], from: i, base: s.drawing };
  }
  onMove(t) {
    const { drag: i, editor: n } = this;
    if (!i) return;
    t.stopPropagation();
    const s = this.at(t);
    if (i.kind === "points")
      n.edit(bt(i.base, i.refs, s[0] - i.from[0], s[1] - i.from[1]), "no");
    else if (i.kind === "preset") {
      const { width: o, height: h } = n.host.size(), r = Math.hypot((s[0] - i.from[0]) * o, (s[1] - i.from[1]) * h) / Math.min(o, h), a = yt(i.name, i.from, Math.max(r, 0.03), o, h);
      n.edit(T(i.base, i.track, { points: a }), "no");
    } else i.kind === "freehand" ? (i.line.push(s), n.edit(T(i.base, i.track, { points: [...i.line] }), "no")) : (i.to = s, this.marquee(i.from, s));
  }
  onUp(t) {
    const { drag: i, editor: n } = this;
    if (i)
      if (t.stopPropagation(), this.drag = null, t.type === "pointercancel")
        i.kind !== "marquee" ? n.edit(i.base, "no") : n.choose([]);
      else if (i.kind === "marquee") {
        const s = (r, a, c) => r >= Math.min(a, c) && r <= Math.max(a, c), h = (n.selected?.points ?? []).flatMap(
          ([r, a], c) => s(r, i.from[0], i.to[0]) && s(a, i.from[1], i.to[1]) ? [{ track: n.selected.id, index: c }] : []
        );
        n.choose(h);
      } else if (i.kind === "freehand") {
        const { width: s, height: o } = n.host.size(), h = i.line.map(([a, c]) => ({ x: a * s, y: c * o })), r = Ie(h, Fe, !0).map(({ x: a, y: c }) => [a / s, c / o]);
        n.edit(T(i.base, i.track, { points: r }), "pointer");
      } else
        i.kind === "preset" && this.chooseAll(), n.edit(n.drawing, "pointer");
  }
  chooseAll() {
    const t = this.editor.selected;
    t && this.editor.choose(t.points.map((i, n) => ({ track: t.id, index: n })));
  }
  onMenu(t) {
    t.preventDefault(), t.stopPropagation();
    const i = t.target, n = i.closest("[data-track]")?.getAttribute("data-track"), s = i.getAttribute("data-index");
    !n || s === null || this.editor.host.readOnly() || (this.editor.choose([]), this.editor.edit(wt(this.editor.drawing, [{ track: n, index: Number(s) }]), "other"));
  }
  onKey(t) {
    const { editor: i } = this, { width: n, height: s } = i.host.size(), o = t.shiftKey ? 10 : 1, r = {
      ArrowLeft: [-o, 0],
      ArrowRight: [o, 0],
      ArrowUp: [0, -o],
      ArrowDown: [0, o]
    }[t.key], a = i.selected;
    if (r && i.chosen.length)
      i.edit(bt(i.drawing, i.chosen, r[0] / n, r[1] / s), "other");
    else if ((t.key === "Delete" || t.key === "Backspace") && i.chosen.length) {
      const c = i.chosen;
      i.choose([]), i.edit(wt(i.drawing, c), "other");
    } else if (t.key === "Escape" && (i.chosen.length || this.drag))
      i.choose([]);
    else if (t.key === "a" && (t.ctrlKey || t.metaKey) && a)
      this.chooseAll();
    else if (t.key === "c" && (t.ctrlKey || t.metaKey) && a)
      i.copyTrack();
    else
      return;
    t.preventDefault();
  }
  marquee(t, i) {
    const { width: n, height: s } = this.editor.host.size(), o = x("rect", {
      class: "marquee",
      x: String(Math.min(t[0], i[0]) * n),
      y: String(Math.min(t[1], i[1]) * s),
      width: String(Math.abs(t[0] - i[0]) * n),
      height: String(Math.abs(t[1] - i[1]) * s)
    });
    this.dots.replaceChildren(o);
  }
  play() {
    if (!this.editor.playing) {
      this.playFrom = null, this.drag?.kind !== "marquee" && this.dots.replaceChildren();
      return;
    }
    if (this.playFrom !== null) return;
    this.playFrom = performance.now();
    const t = (i) => {
      if (this.playFrom === null || !this.editor.playing || !this.element.isConnected) return;
      const { width: n, height: s, frames: o } = this.editor.host.size(), h = (i - this.playFrom) / 1e3 % (o / Et) / (o / Et), r = String(7 * this.unit());
      this.dots.replaceChildren(
        ...this.editor.drawing.tracks.filter((a) => a.visible && a.points.length > 0).map((a) => {
          const [c, l] = ct(a, n, s)(h);
          return x("circle", { class: "play", cx: String(c), cy: String(l), r, fill: a.color });
        })
      ), requestAnimationFrame(t);
    };
    requestAnimationFrame(t);
  }
}
const Ke = `
.tora-editor { display: flex; flex-direction: column; gap: 4px; box-sizing: border-box; width: 100%; height: 100%;
  min-width: 0; padding: 4px; container-type: inline-size; font: 12px/1.35 system-ui, sans-serif; color: var(--input-text, #ddd); outline: none; }
.tora-editor *, .tora-editor *::before { box-sizing: border-box; }
.tora-editor :is(button, select, input) { font: inherit; color: var(--input-text, #ddd); background: var(--comfy-input-bg, #222);
  border: 1px solid var(--border-color, #4e4e4e); border-radius: 4px; padding: 2px 6px; min-width: 0; height: 24px; }
.tora-editor button { cursor: pointer; white-space: nowrap; }
.tora-editor button[aria-pressed="true"] { border-color: #3b8eea; color: #3b8eea; }
.tora-editor :is(button, select, input):focus-visible, .tora-stage:focus-visible { outline: 2px solid #3b8eea; outline-offset: -1px; }
.tora-editor button:disabled { opacity: 0.4; cursor: default; }
.tora-bar { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; }
.tora-bar label { display: flex; gap: 4px; align-items: center; color: var(--descrip-text, #999); }
.tora-bar input[type="range"] { width: 74px; padding: 0; accent-color: #3b8eea; }
.tora-body { display: flex; gap: 4px; flex: 1 1 0; min-height: 0; }
.tora-stage { flex: 1 1 0; min-width: 0; contain: layout paint style; will-change: transform; touch-action: none; background: var(--comfy-input-bg, #222); border: 1px solid var(--border-color, #4e4e4e);
  border-radius: 4px; cursor: crosshair; user-select: none; }
.tora-stage .frame { fill: #fff1; stroke: var(--border-color, #888); vector-effect: non-scaling-stroke; }
.tora-stage .grid { stroke: #8886; vector-effect: non-scaling-stroke; pointer-events: none; }
.tora-stage path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; stroke-linecap: round; }
.tora-stage .halo { stroke: #fffc; stroke-width: 4px; pointer-events: none; }
.tora-stage .under { stroke: #0009; stroke-width: 5.5px; pointer-events: none; }
.tora-stage .line { stroke-width: 2px; pointer-events: none; }
.tora-stage .hit { stroke: transparent; stroke-width: 12px; pointer-events: stroke; cursor: pointer; }
.tora-stage .tick { pointer-events: all; stroke: #0008; vector-effect: non-scaling-stroke; cursor: pointer; }
.tora-stage .point { stroke: #fff; stroke-width: 1.5px; vector-effect: non-scaling-stroke; cursor: grab; }
.tora-stage .point.first { stroke: #111; }
.tora-stage .point.chosen { stroke: #3b8eea; stroke-width: 3px; }
.tora-stage .faint { opacity: 0.45; }
.tora-stage .play { stroke: #fff; stroke-width: 2px; vector-effect: non-scaling-stroke; pointer-events: none; }
.tora-stage .marquee { fill: #3b8eea22; stroke: #3b8eea; vector-effect: non-scaling-stroke; pointer-events: none; }
.tora-list { flex: 0 0 138px; overflow: auto; margin: 0; padding: 0; list-style: none; border: 1px solid var(--border-color, #4e4e4e); border-radius: 4px; }
.tora-list li { display: flex; flex-wrap: wrap; gap: 3px; align-items: center; padding: 2px 4px; cursor: pointer; }
.tora-list li[aria-selected="true"] { background: var(--comfy-input-bg, #222); box-shadow: inset 2px 0 #3b8eea; }
.tora-list input[type="color"] { width: 16px; height: 16px; padding: 0; border: 0; flex: none; }
.tora-list .name { flex: 1 1 40px; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; border: 0; background: none; padding: 0 2px; height: 20px; }
.tora-list .more { flex: 1 0 100%; display: flex; justify-content: flex-end; }
.tora-icon { width: 13px; height: 13px; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round;
  vertical-align: -2px; pointer-events: none; }
.tora-list button { border: 0; background: none; padding: 0 2px; height: 20px; opacity: 0.75; }
.tora-note { color: var(--descrip-text, #999); min-height: 16px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.tora-note.error { color: var(--error-text, #ff6b6b); white-space: normal; }
@container (max-width: 400px) {
  .tora-body { flex-direction: column; }
  .tora-list { flex: 0 0 auto; max-height: 74px; }
  .tora-list .more { flex: 0 0 auto; }
  .tora-list li { flex-wrap: nowrap; }
  .tora-bar .wide { display: none; }
}
dialog.tora-dialog { width: 92vw; height: 90vh; max-width: none; max-height: none; padding: 8px; color: var(--fg-color, #fff);
  background: var(--comfy-menu-bg, #353535); border: 1px solid var(--border-color, #4e4e4e); border-radius: 8px; }
`;
function Ve() {
  if (document.getElementById("tora-editor-style")) return;
  const e = document.createElement("style");
  e.id = "tora-editor-style", e.textContent = Ke, document.head.append(e);
}
const We = 500;
class Je {
  constructor(t, i) {
    this.host = t, Ve(), this.element.className = "tora-editor", this.element.style.minHeight = `${i}px`, this.stage = new Be(this), this.panel = new De(this);
    const n = document.createElement("div");
    n.className = "tora-body", n.append(this.stage.element, this.panel.list), this.element.append(this.panel.tools, n, this.panel.settings, this.panel.note), this.stopPanning = t.forwardPanning(this.element);
    const s = { signal: this.stop.signal };
    this.element.addEventListener("keydown", (o) => o.stopPropagation(), s), this.element.addEventListener("paste", (o) => this.onPaste(o), s), this.element.addEventListener("dragover", (o) => o.preventDefault(), s), this.element.addEventListener("drop", (o) => this.onDrop(o), s), this.refresh();
  }
  host;
  element = document.createElement("div");
  onChange = () => {
  };
  drawing = K();
  chosen = [];
  kind = "spline";
  preset = null;
  playing = !1;
  selectedId = null;
  /** A value that could not be read: kept as it is until the user draws, so that nothing is lost. */
  unread = null;
  stage;
  panel;
  stop = new AbortController();
  due = null;
  seen = "";
  watching = setInterval(() => this.watch(), We);
  stopPanning;
  dialog = null;
  get value() {
    return this.unread ?? Ht(this.drawing);
  }
  setValue(t) {
    const i = typeof t == "string" ? t : t == null ? "" : JSON.stringify(t);
    if (i === this.value) return;
    const n = ge(i);
    this.drawing = n.drawing ?? K(), this.unread = n.drawing ? null : i, this.chosen = [], this.drawing.tracks.some((s) => s.id === this.selectedId) || (this.selectedId = this.drawing.tracks[0]?.id ?? null), this.say(n.error ? `This text is no drawing (${n.error}). It is kept until you draw or import.` : "", n.error !== null), this.refresh();
  }
  get selected() {
    return this.drawing.tracks.find((t) => t.id === this.selectedId) ?? null;
  }
  select(t) {
    this.selectedId = t, this.chosen = [], this.refresh();
  }
  choose(t) {
    this.chosen = t, this.refresh();
  }
  edit(t, i) {
    const { width: n, height: s } = this.host.size();
    if (this.drawing = { ...t, canvas: [n, s] }, this.unread !== null && (this.unread = null, this.say("")), i === "no") {
      this.schedule("stage");
      return;
    }
    this.stage.render(), this.refresh(), this.onChange(), i === "other" && this.host.captureUndo();
  }
  say(t, i = !1) {
    this.panel.say(t, i);
  }
  attempt(t) {
    const i = (n) => this.say(n instanceof Error ? n.message : String(n), !0);
    try {
      Promise.resolve(t()).catch(i);
    } catch (n) {
      i(n);
    }
  }
  copyTrack() {
    const t = this.selected;
    t && this.attempt(() => this.toClipboard(ye(t), `${t.name} is copied: paste it into any editor`));
  }
  exportAll(t) {
    const i = be(this.drawing, t, this.host.size().frames);
    this.attempt(() => this.toClipboard(i, `The visible tracks are copied as ${t}`));
  }
  importText(t) {
    this.attempt(() => {
      const { width: i, height: n } = this.host.size(), s = me(t, [i, n], this.drawing.tracks);
      this.selectedId = s[0]?.id ?? this.selectedId, this.edit({ ...this.drawing, tracks: [...this.drawing.tracks, ...s] }, "other"), this.say(`${s.length} track${s.length === 1 ? "" : "s"} imported`);
    });
  }
  setBackground(t) {
    this.attempt(async () => this.edit({ ...this.drawing, bg: await this.host.upload(t) }, "other"));
  }
  /** The same element in a dialog over the page, for fine work; Escape or the button brings it back. */
  expand() {
    if (this.dialog) {
      this.dialog.close();
      return;
    }
    const t = document.createComment("tora-editor");
    this.element.replaceWith(t), this.dialog = document.createElement("dialog"), this.dialog.className = "tora-dialog", this.dialog.append(this.element), document.body.append(this.dialog), this.dialog.addEventListener("close", () => {
      t.replaceWith(this.element), this.dialog?.remove(), this.dialog = null, this.refresh();
    }), this.dialog.showModal(), this.refresh();
  }
  /** Draws anew with the next frame, once, however often it is asked for. */
  refresh() {
    this.schedule("all");
  }
  schedule(t) {
    const i = this.due !== null;
    this.due = this.due === "all" ? "all" : t, !i && requestAnimationFrame(() => {
      const n = this.due;
      this.due = null, !this.stop.signal.aborted && (this.stage.render(), n === "all" && this.panel.render());
    });
  }
  /** The node's size and the pictures of nodes before it change without a word: look now and then. */
  watch() {
    const t = JSON.stringify([this.host.size(), this.host.background(this.drawing.bg)]);
    t !== this.seen && this.refresh(), this.seen = t;
  }
  dispose() {
    this.stop.abort(), clearInterval(this.watching), this.stopPanning(), this.stage.dispose(), this.dialog?.remove();
  }
  async toClipboard(t, i) {
    navigator.clipboard ? (await navigator.clipboard.writeText(t), this.say(i)) : window.prompt("This page may not copy by itself (it is not served over https): copy the text here", t);
  }
  onPaste(t) {
    if (t.target instanceof HTMLInputElement) return;
    const i = [...t.clipboardData?.files ?? []].find((s) => s.type.startsWith("image/")), n = t.clipboardData?.getData("text/plain") ?? "";
    !i && n === "" || (t.preventDefault(), t.stopPropagation(), i ? this.setBackground(i) : this.importText(n));
  }
  onDrop(t) {
    const i = t.dataTransfer?.files[0];
    i && (t.preventDefault(), t.stopPropagation(), i.type.startsWith("image/") ? this.setBackground(i) : this.attempt(async () => this.importText(await i.text())));
  }
}
const St = "TORA_TRAJECTORY", Tt = 420;
Gt({
  name: "comfyui-tora.trajectory",
  getCustomWidgets: () => ({
    [St]: (e, t) => {
      const i = new Xt(e), n = new Je(i, Tt), s = e.addDOMWidget(t, St, n.element, {
        getValue: () => n.value,
        setValue: (o) => n.setValue(o),
        getMinHeight: () => Tt,
        hideOnZoom: !1,
        hideInPanel: !0,
        socketless: !0
      });
      return n.onChange = () => s.callback?.(n.value), Q(e, "onExecuted", (o) => {
        const { tora_background: h } = o;
        h?.[0] && i.setExecuted(h[0]), n.refresh();
      }), Q(e, "onConnectionsChange", () => setTimeout(() => n.refresh(), 0)), Q(e, "onRemoved", () => n.dispose()), { widget: s };
    }
  })
});
function Q(e, t, i) {
  const n = e[t];
  e[t] = function(...s) {
    n?.apply(this, s), i(s[0]);
  };
}
export {
  St as WIDGET
};
