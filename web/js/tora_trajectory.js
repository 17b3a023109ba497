import { api as e } from "../../../scripts/api.js";
import { app as t } from "../../../scripts/app.js";
// \0rolldown/runtime.js
var n = Object.create, r = Object.defineProperty, i = Object.getOwnPropertyDescriptor, a = Object.getOwnPropertyNames, o = Object.getPrototypeOf, s = Object.prototype.hasOwnProperty, c = (e, t) => () => (t || (e((t = { exports: {} }).exports, t, t.exports), e = null), t.exports), l = (e, t, n, o) => {
	if (t && typeof t == "object" || typeof t == "function") for (var c = a(t), l = 0, u = c.length, d; l < u; l++) d = c[l], !s.call(e, d) && d !== n && r(e, d, {
		get: ((e) => t[e]).bind(null, d),
		enumerable: !(o = i(t, d)) || o.enumerable
	});
	return e;
}, u = (e, t, i) => (i = e == null ? {} : n(o(e)), l(t || !e || !e.__esModule || !s.call(e, "default") ? r(i, "default", {
	value: e,
	enumerable: !0
}) : i, e)), d = t, f = e;
function p(e) {
	d.registerExtension(e);
}
var m = class {
	node;
	executed = null;
	constructor(e) {
		this.node = e;
	}
	size() {
		let e = (e, t) => {
			let n = Number(this.node.widgets?.find((t) => t.name === e)?.value);
			return Number.isFinite(n) && n >= 1 ? n : t;
		};
		return {
			width: e("width", 720),
			height: e("height", 480),
			frames: e("frames", 49)
		};
	}
	background(e) {
		if (e) return h(e);
		let t = this.node.inputs?.findIndex((e) => e.name === "image" && e.link !== null) ?? -1;
		return (t >= 0 ? this.node.getInputNode(t)?.imgs?.[0]?.src : void 0) ?? (this.executed ? h(this.executed) : null);
	}
	setExecuted(e) {
		this.executed = e;
	}
	async upload(e) {
		let t = new FormData();
		t.append("image", e), t.append("subfolder", "tora");
		let n = await f.fetchApi("/upload/image", {
			method: "POST",
			body: t
		});
		if (!n.ok) throw Error(`the picture was not taken (${n.status})`);
		let { name: r, subfolder: i, type: a } = await n.json();
		return {
			filename: r,
			subfolder: i,
			type: a
		};
	}
	readOnly() {
		return d.canvas?.read_only === !0;
	}
	captureUndo() {
		let e = d.extensionManager?.workflow?.activeWorkflow?.changeTracker;
		(e?.captureCanvasState ?? e?.checkState)?.call(e);
	}
	forwardPanning(e) {
		let t = new AbortController(), n = () => !globalThis.LiteGraph?.vueNodesMode, r = () => e.closest("dialog") !== null, i = (i, a) => e.addEventListener(i, (e) => n() && !r() && a(e), {
			signal: t.signal,
			passive: !1
		});
		return i("wheel", (e) => {
			e.preventDefault(), d.canvas?.processMouseWheel?.(e);
		}), i("pointerdown", (e) => e.button === 1 && d.canvas?.processMouseDown?.(e)), i("pointermove", (e) => (e.buttons & 4) == 4 && d.canvas?.processMouseMove?.(e)), i("pointerup", (e) => e.button === 1 && d.canvas?.processMouseUp?.(e)), () => t.abort();
	}
	property(e, t) {
		return this.node.properties[e] ?? t;
	}
	setProperty(e, t) {
		this.node.properties[e] = t;
	}
};
function h({ filename: e, subfolder: t, type: n }) {
	return f.apiURL(`/view?${new URLSearchParams({
		filename: e,
		subfolder: t,
		type: n
	}).toString()}`);
}
// node_modules/d3-path/dist/d3-path.mjs
var g = Math.PI, _ = 2 * g, v = 1e-6, y = _ - v;
function b(e) {
	this._ += e[0];
	for (let t = 1, n = e.length; t < n; ++t) this._ += arguments[t] + e[t];
}
function x(e) {
	let t = Math.floor(e);
	if (!(t >= 0)) throw Error(`invalid digits: ${e}`);
	if (t > 15) return b;
	let n = 10 ** t;
	return function(e) {
		this._ += e[0];
		for (let t = 1, r = e.length; t < r; ++t) this._ += Math.round(arguments[t] * n) / n + e[t];
	};
}
function S(e, t, n, r) {
	return e === n && t === r;
}
function ee(e) {
	let t = Math.floor(e);
	if (!(t <= 15)) return S;
	let n = 10 ** t, r = function(e) {
		return Math.round(e * n);
	};
	return function(e, t, n, i) {
		return r(e) === r(n) && r(t) === r(i);
	};
}
var te = class {
	constructor(e) {
		this._x0 = this._y0 = this._x1 = this._y1 = null, this._ = "", this._append = e == null ? b : x(e), this._equal = e == null ? S : ee(e);
	}
	moveTo(e, t) {
		this._append`M${this._x0 = this._x1 = +e},${this._y0 = this._y1 = +t}`;
	}
	closePath() {
		this._x1 !== null && (this._x1 = this._x0, this._y1 = this._y0, this._append`Z`);
	}
	lineTo(e, t) {
		this._append`L${this._x1 = +e},${this._y1 = +t}`;
	}
	quadraticCurveTo(e, t, n, r) {
		this._append`Q${+e},${+t},${this._x1 = +n},${this._y1 = +r}`;
	}
	bezierCurveTo(e, t, n, r, i, a) {
		this._append`C${+e},${+t},${+n},${+r},${this._x1 = +i},${this._y1 = +a}`;
	}
	arcTo(e, t, n, r, i) {
		if (e = +e, t = +t, n = +n, r = +r, i = +i, i < 0) throw Error(`negative radius: ${i}`);
		let a = this._x1, o = this._y1, s = n - e, c = r - t, l = a - e, u = o - t, d = l * l + u * u;
		if (this._x1 === null) this._append`M${this._x1 = e},${this._y1 = t}`;
		else if (d > v) {
			if (!(Math.abs(u * s - c * l) > v) || !i) this._append`L${this._x1 = e},${this._y1 = t}`;
			else {
				let f = n - a, p = r - o, m = s * s + c * c, h = f * f + p * p, _ = Math.sqrt(m), y = Math.sqrt(d), b = i * Math.tan((g - Math.acos((m + d - h) / (2 * _ * y))) / 2), x = b / y, S = b / _;
				Math.abs(x - 1) > v && this._append`L${e + x * l},${t + x * u}`, this._append`A${i},${i},0,0,${+(u * f > l * p)},${this._x1 = e + S * s},${this._y1 = t + S * c}`;
			}
		}
	}
	arc(e, t, n, r, i, a) {
		if (e = +e, t = +t, n = +n, a = !!a, n < 0) throw Error(`negative radius: ${n}`);
		let o = n * Math.cos(r), s = n * Math.sin(r), c = e + o, l = t + s, u = 1 ^ a, d = a ? r - i : i - r;
		if (this._x1 === null ? this._append`M${c},${l}` : (Math.abs(this._x1 - c) > v || Math.abs(this._y1 - l) > v) && this._append`L${c},${l}`, n) {
			if (d < 0 && (d = d % _ + _), d > y) this._append`A${n},${n},0,1,${u},${e - o},${t - s}A${n},${n},0,1,${u},${this._x1 = c},${this._y1 = l}`;
			else if (d > v) {
				let a = e + n * Math.cos(i), o = t + n * Math.sin(i);
				if (d >= g && this._equal(c, l, a, o)) {
					d /= 2;
					let i = r + d;
					this._append`A${n},${n},0,${+(d >= g)},${u},${e + n * Math.cos(i)},${t + n * Math.sin(i)}`;
				}
				this._append`A${n},${n},0,${+(d >= g)},${u},${this._x1 = a},${this._y1 = o}`;
			}
		}
	}
	rect(e, t, n, r) {
		this._append`M${this._x0 = this._x1 = +e},${this._y0 = this._y1 = +t}h${n = +n}v${+r}h${-n}Z`;
	}
	toString() {
		return this._;
	}
};
te.prototype;
// node_modules/d3-shape/dist/d3-shape.mjs
function C(e) {
	return function() {
		return e;
	};
}
var ne = Math.cos, w = Math.sin, T = Math.sqrt, re = 1e-12, E = Math.PI;
E / 2;
var ie = 2 * E;
function ae(e) {
	let t = 3;
	return e.digits = function(n) {
		if (!arguments.length) return t;
		if (n == null) t = null;
		else {
			let e = Math.floor(n);
			if (!(e >= 0)) throw RangeError(`invalid digits: ${n}`);
			t = e;
		}
		return e;
	}, () => new te(t);
}
Array.prototype.slice;
function oe(e) {
	return typeof e == "object" && "length" in e ? e : Array.from(e);
}
function se(e) {
	this._context = e;
}
se.prototype = {
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
			case 1: this._point = 2;
			default: this._context.lineTo(e, t);
		}
	}
};
function D(e) {
	return new se(e);
}
function ce(e) {
	return e[0];
}
function le(e) {
	return e[1];
}
function ue(e, t) {
	var n = C(!0), r = null, i = D, a = null, o = ae(s);
	e = typeof e == "function" ? e : e === void 0 ? ce : C(e), t = typeof t == "function" ? t : t === void 0 ? le : C(t);
	function s(s) {
		var c, l = (s = oe(s)).length, u, d = !1, f;
		for (r ?? (a = i(f = o())), c = 0; c <= l; ++c) !(c < l && n(u = s[c], c, s)) === d && ((d = !d) ? a.lineStart() : a.lineEnd()), d && a.point(+e(u, c, s), +t(u, c, s));
		if (f) return a = null, f + "" || null;
	}
	return s.x = function(t) {
		return arguments.length ? (e = typeof t == "function" ? t : C(+t), s) : e;
	}, s.y = function(e) {
		return arguments.length ? (t = typeof e == "function" ? e : C(+e), s) : t;
	}, s.defined = function(e) {
		return arguments.length ? (n = typeof e == "function" ? e : C(!!e), s) : n;
	}, s.curve = function(e) {
		return arguments.length ? (i = e, r != null && (a = i(r)), s) : i;
	}, s.context = function(e) {
		return arguments.length ? (e == null ? r = a = null : a = i(r = e), s) : r;
	}, s;
}
fe(D);
function de(e) {
	this._curve = e;
}
de.prototype = {
	areaStart: function() {
		this._curve.areaStart();
	},
	areaEnd: function() {
		this._curve.areaEnd();
	},
	lineStart: function() {
		this._curve.lineStart();
	},
	lineEnd: function() {
		this._curve.lineEnd();
	},
	point: function(e, t) {
		this._curve.point(t * Math.sin(e), t * -Math.cos(e));
	}
};
function fe(e) {
	function t(t) {
		return new de(e(t));
	}
	return t._curve = e, t;
}
T(3), T(1 / 3) * 2;
var pe = w(E / 10) / w(7 * E / 10);
w(ie / 10) * pe, -ne(ie / 10) * pe, T(3), T(3), T(3) / 2, (1 / T(12) / 2 + 1) * 3;
function O() {}
function me(e, t, n) {
	e._context.bezierCurveTo((2 * e._x0 + e._x1) / 3, (2 * e._y0 + e._y1) / 3, (e._x0 + 2 * e._x1) / 3, (e._y0 + 2 * e._y1) / 3, (e._x0 + 4 * e._x1 + t) / 6, (e._y0 + 4 * e._y1 + n) / 6);
}
function he(e) {
	this._context = e;
}
he.prototype = {
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
			case 3: me(this, this._x1, this._y1);
			case 2: this._context.lineTo(this._x1, this._y1);
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
			case 2: this._point = 3, this._context.lineTo((5 * this._x0 + this._x1) / 6, (5 * this._y0 + this._y1) / 6);
			default: me(this, e, t);
		}
		this._x0 = this._x1, this._x1 = e, this._y0 = this._y1, this._y1 = t;
	}
};
function ge(e, t) {
	this._basis = new he(e), this._beta = t;
}
ge.prototype = {
	lineStart: function() {
		this._x = [], this._y = [], this._basis.lineStart();
	},
	lineEnd: function() {
		var e = this._x, t = this._y, n = e.length - 1;
		if (n > 0) for (var r = e[0], i = t[0], a = e[n] - r, o = t[n] - i, s = -1, c; ++s <= n;) c = s / n, this._basis.point(this._beta * e[s] + (1 - this._beta) * (r + c * a), this._beta * t[s] + (1 - this._beta) * (i + c * o));
		this._x = this._y = null, this._basis.lineEnd();
	},
	point: function(e, t) {
		this._x.push(+e), this._y.push(+t);
	}
}, (function e(t) {
	function n(e) {
		return t === 1 ? new he(e) : new ge(e, t);
	}
	return n.beta = function(t) {
		return e(+t);
	}, n;
})(.85);
function k(e, t, n) {
	e._context.bezierCurveTo(e._x1 + e._k * (e._x2 - e._x0), e._y1 + e._k * (e._y2 - e._y0), e._x2 + e._k * (e._x1 - t), e._y2 + e._k * (e._y1 - n), e._x2, e._y2);
}
function _e(e, t) {
	this._context = e, this._k = (1 - t) / 6;
}
_e.prototype = {
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
			case 3: k(this, this._x1, this._y1);
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
			case 2: this._point = 3;
			default: k(this, e, t);
		}
		this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
	}
};
var ve = (function e(t) {
	function n(e) {
		return new _e(e, t);
	}
	return n.tension = function(t) {
		return e(+t);
	}, n;
})(0);
function ye(e, t) {
	this._context = e, this._k = (1 - t) / 6;
}
ye.prototype = {
	areaStart: O,
	areaEnd: O,
	lineStart: function() {
		this._x0 = this._x1 = this._x2 = this._x3 = this._x4 = this._x5 = this._y0 = this._y1 = this._y2 = this._y3 = this._y4 = this._y5 = NaN, this._point = 0;
	},
	lineEnd: function() {
		switch (this._point) {
			case 1:
				this._context.moveTo(this._x3, this._y3), this._context.closePath();
				break;
			case 2:
				this._context.lineTo(this._x3, this._y3), this._context.closePath();
				break;
			case 3: this.point(this._x3, this._y3), this.point(this._x4, this._y4), this.point(this._x5, this._y5);
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
			default: k(this, e, t);
		}
		this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
	}
};
var be = (function e(t) {
	function n(e) {
		return new ye(e, t);
	}
	return n.tension = function(t) {
		return e(+t);
	}, n;
})(0);
function xe(e, t) {
	this._context = e, this._k = (1 - t) / 6;
}
xe.prototype = {
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
			case 3: this._point = 4;
			default: k(this, e, t);
		}
		this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
	}
}, (function e(t) {
	function n(e) {
		return new xe(e, t);
	}
	return n.tension = function(t) {
		return e(+t);
	}, n;
})(0);
function Se(e, t, n) {
	var r = e._x1, i = e._y1, a = e._x2, o = e._y2;
	if (e._l01_a > re) {
		var s = 2 * e._l01_2a + 3 * e._l01_a * e._l12_a + e._l12_2a, c = 3 * e._l01_a * (e._l01_a + e._l12_a);
		r = (r * s - e._x0 * e._l12_2a + e._x2 * e._l01_2a) / c, i = (i * s - e._y0 * e._l12_2a + e._y2 * e._l01_2a) / c;
	}
	if (e._l23_a > re) {
		var l = 2 * e._l23_2a + 3 * e._l23_a * e._l12_a + e._l12_2a, u = 3 * e._l23_a * (e._l23_a + e._l12_a);
		a = (a * l + e._x1 * e._l23_2a - t * e._l12_2a) / u, o = (o * l + e._y1 * e._l23_2a - n * e._l12_2a) / u;
	}
	e._context.bezierCurveTo(r, i, a, o, e._x2, e._y2);
}
function Ce(e, t) {
	this._context = e, this._alpha = t;
}
Ce.prototype = {
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
			case 3: this.point(this._x2, this._y2);
		}
		(this._line || this._line !== 0 && this._point === 1) && this._context.closePath(), this._line = 1 - this._line;
	},
	point: function(e, t) {
		if (e = +e, t = +t, this._point) {
			var n = this._x2 - e, r = this._y2 - t;
			this._l23_a = Math.sqrt(this._l23_2a = (n * n + r * r) ** +this._alpha);
		}
		switch (this._point) {
			case 0:
				this._point = 1, this._line ? this._context.lineTo(e, t) : this._context.moveTo(e, t);
				break;
			case 1:
				this._point = 2;
				break;
			case 2: this._point = 3;
			default: Se(this, e, t);
		}
		this._l01_a = this._l12_a, this._l12_a = this._l23_a, this._l01_2a = this._l12_2a, this._l12_2a = this._l23_2a, this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
	}
}, (function e(t) {
	function n(e) {
		return t ? new Ce(e, t) : new _e(e, 0);
	}
	return n.alpha = function(t) {
		return e(+t);
	}, n;
})(.5);
function we(e, t) {
	this._context = e, this._alpha = t;
}
we.prototype = {
	areaStart: O,
	areaEnd: O,
	lineStart: function() {
		this._x0 = this._x1 = this._x2 = this._x3 = this._x4 = this._x5 = this._y0 = this._y1 = this._y2 = this._y3 = this._y4 = this._y5 = NaN, this._l01_a = this._l12_a = this._l23_a = this._l01_2a = this._l12_2a = this._l23_2a = this._point = 0;
	},
	lineEnd: function() {
		switch (this._point) {
			case 1:
				this._context.moveTo(this._x3, this._y3), this._context.closePath();
				break;
			case 2:
				this._context.lineTo(this._x3, this._y3), this._context.closePath();
				break;
			case 3: this.point(this._x3, this._y3), this.point(this._x4, this._y4), this.point(this._x5, this._y5);
		}
	},
	point: function(e, t) {
		if (e = +e, t = +t, this._point) {
			var n = this._x2 - e, r = this._y2 - t;
			this._l23_a = Math.sqrt(this._l23_2a = (n * n + r * r) ** +this._alpha);
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
			default: Se(this, e, t);
		}
		this._l01_a = this._l12_a, this._l12_a = this._l23_a, this._l01_2a = this._l12_2a, this._l12_2a = this._l23_2a, this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
	}
}, (function e(t) {
	function n(e) {
		return t ? new we(e, t) : new ye(e, 0);
	}
	return n.alpha = function(t) {
		return e(+t);
	}, n;
})(.5);
function Te(e, t) {
	this._context = e, this._alpha = t;
}
Te.prototype = {
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
			var n = this._x2 - e, r = this._y2 - t;
			this._l23_a = Math.sqrt(this._l23_2a = (n * n + r * r) ** +this._alpha);
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
			case 3: this._point = 4;
			default: Se(this, e, t);
		}
		this._l01_a = this._l12_a, this._l12_a = this._l23_a, this._l01_2a = this._l12_2a, this._l12_2a = this._l23_2a, this._x0 = this._x1, this._x1 = this._x2, this._x2 = e, this._y0 = this._y1, this._y1 = this._y2, this._y2 = t;
	}
}, (function e(t) {
	function n(e) {
		return t ? new Te(e, t) : new xe(e, 0);
	}
	return n.alpha = function(t) {
		return e(+t);
	}, n;
})(.5);
function Ee(e) {
	this._context = e;
}
Ee.prototype = {
	areaStart: O,
	areaEnd: O,
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
function De(e) {
	return new Ee(e);
}
function Oe(e) {
	return e < 0 ? -1 : 1;
}
function ke(e, t, n) {
	var r = e._x1 - e._x0, i = t - e._x1, a = (e._y1 - e._y0) / (r || i < 0 && -0), o = (n - e._y1) / (i || r < 0 && -0), s = (a * i + o * r) / (r + i);
	return (Oe(a) + Oe(o)) * Math.min(Math.abs(a), Math.abs(o), .5 * Math.abs(s)) || 0;
}
function Ae(e, t) {
	var n = e._x1 - e._x0;
	return n ? (3 * (e._y1 - e._y0) / n - t) / 2 : t;
}
function je(e, t, n) {
	var r = e._x0, i = e._y0, a = e._x1, o = e._y1, s = (a - r) / 3;
	e._context.bezierCurveTo(r + s, i + s * t, a - s, o - s * n, a, o);
}
function Me(e) {
	this._context = e;
}
Me.prototype = {
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
			case 3: je(this, this._t0, Ae(this, this._t0));
		}
		(this._line || this._line !== 0 && this._point === 1) && this._context.closePath(), this._line = 1 - this._line;
	},
	point: function(e, t) {
		var n = NaN;
		if (e = +e, t = +t, e !== this._x1 || t !== this._y1) {
			switch (this._point) {
				case 0:
					this._point = 1, this._line ? this._context.lineTo(e, t) : this._context.moveTo(e, t);
					break;
				case 1:
					this._point = 2;
					break;
				case 2:
					this._point = 3, je(this, Ae(this, n = ke(this, e, t)), n);
					break;
				default: je(this, this._t0, n = ke(this, e, t));
			}
			this._x0 = this._x1, this._x1 = e, this._y0 = this._y1, this._y1 = t, this._t0 = n;
		}
	}
}, Object.create(Me.prototype).point = function(e, t) {
	Me.prototype.point.call(this, t, e);
};
var A = (e, t = 0, n = 1) => Math.min(n, Math.max(t, e)), Ne = {
	linear: (e) => e,
	in: (e) => e * e,
	out: (e) => 1 - (1 - e) ** 2,
	in_out: (e) => e * e * (3 - 2 * e)
};
function Pe(e, t, n) {
	let r = e.points.map(([e, r]) => [e * t, r * n]);
	if (r.length < 2 || e.kind === "static") return "";
	let i = e.kind === "spline", a = e.closed ? be : ve, o = e.closed ? De : D;
	return ue().curve(i ? a.tension(e.tension) : o)(r) ?? "";
}
function Fe(e, t) {
	let n = t.closed ? [...e, e[0]] : e, r = n.length - 1, i = n.map((e, i) => {
		let a = i > 0 && i < r;
		if (!a && !t.closed) return [0, 0];
		let [o, s] = a ? [n[i - 1], n[i + 1]] : [n[r - 1], n[1]], c = (1 - t.tension) / 2;
		return [(s[0] - o[0]) * c, (s[1] - o[1]) * c];
	});
	return {
		at: (e) => {
			let a = Math.min(r - 1, Math.max(0, Math.floor(e))), o = e - a, [s, c] = [n[a], n[a + 1]];
			if (t.kind !== "spline") return [s[0] + (c[0] - s[0]) * o, s[1] + (c[1] - s[1]) * o];
			let [l, u] = [i[a], i[a + 1]], [d, f] = [o * o, o * o * o], [p, m, h, g] = [
				2 * f - 3 * d + 1,
				f - 2 * d + o,
				-2 * f + 3 * d,
				f - d
			];
			return [p * s[0] + m * l[0] + h * c[0] + g * u[0], p * s[1] + m * l[1] + h * c[1] + g * u[1]];
		},
		segments: r
	};
}
function Ie(e, t, n, r) {
	let i = j(e, n, r);
	return Array.from({ length: t }, (e, n) => i(t > 1 ? n / (t - 1) : 0));
}
function j(e, t, n) {
	let r = e.points.map(([e, r]) => [e * t, r * n]);
	if (e.kind === "static" || r.length < 2) return () => r[0] ?? [0, 0];
	let i = Math.max(e.end - e.start, 1e-9), a = (t) => Ne[e.ease](A((t - e.start) / i)), { at: o, segments: s } = Fe(r, e);
	if (e.speed === "points") return (e) => o(a(e) * s);
	let c = s * 32, l = Array.from({ length: c + 1 }, (e, t) => o(t * s / c)), u = [0];
	for (let e = 1; e <= c; e += 1) u.push(u[e - 1] + Math.hypot(l[e][0] - l[e - 1][0], l[e][1] - l[e - 1][1]));
	return (e) => Le(l, u, a(e) * u[c]);
}
function Le(e, t, n) {
	let [r, i] = [0, t.length - 1];
	for (; i - r > 1;) {
		let e = r + i >> 1;
		t[e] <= n ? r = e : i = e;
	}
	let a = t[i] - t[r], o = a > 0 ? A((n - t[r]) / a) : 0, [s, c] = [e[r], e[i]];
	return [s[0] + (c[0] - s[0]) * o, s[1] + (c[1] - s[1]) * o];
}
function Re(e, t, n, r) {
	let i = e.points.map(([e, t]) => [e * n, t * r]);
	if (i.length < 2) return i.length;
	let { at: a, segments: o } = Fe(i, e), [s, c] = [0, Infinity];
	for (let e = 0; e <= o * 32; e += 1) {
		let [n, r] = a(e / 32), i = Math.hypot(n - t[0], r - t[1]);
		i < c && ([s, c] = [e / 32, i]);
	}
	return Math.min(o, Math.floor(s) + 1);
}
function ze(e, t) {
	let n = e.length;
	return n < 3 ? e.map(([e, t]) => [e, t]) : e.map(([r, i], a) => {
		if (!t && (a === 0 || a === n - 1)) return [r, i];
		let [o, s] = [e[(a + n - 1) % n], e[(a + 1) % n]];
		return [(o[0] + 2 * r + s[0]) / 4, (o[1] + 2 * i + s[1]) / 4];
	});
}
// web/src/model.ts
var Be = [
	"spline",
	"linear",
	"freehand",
	"static"
], Ve = [
	"linear",
	"in",
	"out",
	"in_out"
], He = ["constant", "points"], M = [
	"#e63946",
	"#1d78b4",
	"#2a9d5a",
	"#f48c14",
	"#7b4bb4",
	"#0096a0",
	"#d6468c",
	"#8a7a2a"
], Ue = 1024, N = (e = [720, 480]) => ({
	version: 1,
	canvas: e,
	tracks: [],
	bg: null
});
function P(e, t = [], n = "spline") {
	let r = new Set(e.map((e) => e.id)), i = e.length + 1;
	for (; r.has(`t${i}`);) i += 1;
	return {
		id: `t${i}`,
		name: `Track ${i}`,
		color: M[(i - 1) % M.length],
		kind: n,
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
// web/src/formats.ts
function We(e) {
	if (e == null || e === "") return {
		drawing: N(),
		error: null
	};
	try {
		let t = typeof e == "string" ? JSON.parse(e) : e;
		return B(t) ? t.version === 1 ? {
			drawing: Xe(t),
			error: null
		} : {
			drawing: null,
			error: `version ${String(t.version)} is not known here: update the pack`
		} : {
			drawing: null,
			error: "this is no drawing"
		};
	} catch (e) {
		return {
			drawing: null,
			error: e instanceof Error ? e.message : String(e)
		};
	}
}
var Ge = (e) => JSON.stringify(e);
function Ke(e, t, n) {
	let r = e.trim();
	if (r === "") throw Error("the text is empty");
	let i = et(r);
	if (i) return R(i, [256, 256], n);
	let a;
	try {
		a = JSON.parse(r);
	} catch {
		a = JSON.parse(r.replaceAll("'", "\""));
	}
	return B(a) && a.version === 1 ? z(Xe(a).tracks, n) : B(a) && B(a.tora_track) ? z([Ze(a.tora_track, 0, [])], n) : B(a) && Array.isArray(a.track_path) ? R(tt(a.track_path), t, n) : R(L(a), t, n);
}
var qe = (e) => JSON.stringify({ tora_track: e }), Je = [
	"Tora text",
	"coordinates",
	"TRACKS",
	"drawing"
];
function Ye(e, t, n) {
	let [r, i] = e.canvas, a = e.tracks.filter((e) => e.visible && e.points.length > 0), o = () => a.map((e) => Ie(e, n, r, i));
	switch (t) {
		case "Tora text": return a.map((e) => e.points.map(([e, t]) => `${Math.round(e * 256)},${Math.round(t * 256)}`).join("\n")).join("\n\n");
		case "coordinates": return JSON.stringify(o().map((e) => e.map(([e, t]) => ({
			x: F(e),
			y: F(t)
		}))));
		case "TRACKS": {
			let e = o(), t = Array.from({ length: n }, (t, n) => e.map((e) => e[n].map(F)));
			return JSON.stringify({
				track_path: t,
				canvas: [r, i]
			});
		}
		case "drawing": return Ge(e);
	}
}
var F = (e) => Math.round(e * 100) / 100;
function Xe(e) {
	let t = [];
	for (let n of Array.isArray(e.tracks) ? e.tracks.slice(0, Ue) : []) B(n) && t.push(Ze(n, t.length, t));
	return {
		version: 1,
		canvas: Qe(e.canvas),
		tracks: t,
		bg: $e(e.bg)
	};
}
function Ze(e, t, n) {
	let r = P(n), i = (e, t, n) => t.includes(e) ? e : n, a = (e, t) => typeof e == "number" && Number.isFinite(e) ? A(e) : t, o = typeof e.id == "string" && !n.some((t) => t.id === e.id) ? e.id : r.id, [s, c] = [a(e.start, 0), a(e.end, 1)];
	return {
		id: o,
		name: typeof e.name == "string" && e.name !== "" ? e.name : `Track ${t + 1}`,
		color: typeof e.color == "string" && /^#[0-9a-f]{6}$/i.test(e.color) ? e.color : M[t % M.length],
		kind: i(e.kind, Be, "spline"),
		tension: a(e.tension, 0),
		closed: e.closed === !0,
		points: (Array.isArray(e.points) ? e.points : []).map(I).filter((e) => e !== null),
		start: Math.min(s, c),
		end: Math.max(s, c),
		ease: i(e.ease, Ve, "linear"),
		speed: i(e.speed, He, "constant"),
		visible: e.visible !== !1,
		locked: e.locked === !0
	};
}
function I(e) {
	let [t, n] = Array.isArray(e) ? e : B(e) ? [e.x, e.y] : [];
	return typeof t == "number" && typeof n == "number" && Number.isFinite(t) && Number.isFinite(n) ? [t, n] : null;
}
function Qe(e) {
	let t = I(e);
	return t && t[0] >= 1 && t[1] >= 1 ? t : N().canvas;
}
function $e(e) {
	return !B(e) || typeof e.filename != "string" || e.filename === "" ? null : {
		filename: e.filename,
		subfolder: String(e.subfolder ?? ""),
		type: String(e.type ?? "input")
	};
}
function et(e) {
	let t = [[]];
	for (let n of e.split(/\r?\n/)) {
		if (n.trim() === "") {
			t.push([]);
			continue;
		}
		let e = /^\s*\(?\s*([-+\d.eE]+)\s*[,;\s]\s*([-+\d.eE]+)\s*\)?\s*,?\s*$/.exec(n), r = e ? [Number(e[1]), Number(e[2])] : null;
		if (!r || !r.every(Number.isFinite)) return null;
		t.at(-1).push(r);
	}
	return t.filter((e) => e.length > 0);
}
function L(e) {
	if (typeof e == "string") return L(JSON.parse(e));
	if (B(e)) {
		let t = I(e);
		if (t) return [[t]];
		for (let t of [
			"points",
			"coordinates",
			"positive",
			"splines",
			"paths",
			"tracks"
		]) if (t in e) return L(e[t]);
		throw Error("no coordinates were found in this text");
	}
	if (!Array.isArray(e)) throw Error("no coordinates were found in this text");
	let t = e.map(I);
	return e.length > 0 && t.every((e) => e !== null) && e.every((e) => !Array.isArray(e) || e.length === 2) ? [t] : e.flatMap(L);
}
function tt(e) {
	let t = e[0];
	if (!Array.isArray(t)) throw Error("expected track_path as [frames][tracks][x, y]");
	return t.map((t, n) => e.map((e) => I(Array.isArray(e) ? e[n] : null)).filter((e) => e !== null));
}
function R(e, t, n) {
	let r = e.filter((e) => e.length > 0);
	if (r.length === 0) throw Error("no coordinates were found in this text");
	let [i, a] = r.some((e) => e.some(([e, t]) => e > 1.5 || t > 1.5)) ? t : [1, 1];
	return z(r.slice(0, Ue).map((e) => {
		let t = e.map(([e, t]) => [A(e / i), A(t / a)]);
		return {
			...P([]),
			kind: "linear",
			speed: "points",
			points: t
		};
	}), n);
}
function z(e, t) {
	let n = [...t];
	return e.map((e) => {
		let { id: t, name: r, color: i } = P(n), a = {
			...e,
			id: t,
			color: i,
			name: /^Track \d+$/.test(e.name) ? r : e.name
		};
		return n.push(a), a;
	});
}
var B = (e) => typeof e == "object" && !!e && !Array.isArray(e), nt = {
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
function V(e) {
	let t = "http://www.w3.org/2000/svg", n = document.createElementNS(t, "svg");
	n.setAttribute("viewBox", "0 0 16 16"), n.setAttribute("class", "tora-icon"), n.setAttribute("aria-hidden", "true");
	let r = document.createElementNS(t, "path");
	return r.setAttribute("d", nt[e]), n.append(r), n;
}
// web/src/presets.ts
var H = 2 * Math.PI, rt = {
	circle: {
		points: 13,
		at: (e) => [Math.cos(H * e), Math.sin(H * e)]
	},
	spiral: {
		points: 25,
		at: (e) => [e * Math.cos(3 * H * e), e * Math.sin(3 * H * e)]
	},
	coaster: {
		points: 17,
		at: (e) => [2 * e - 1, -Math.cos(2.5 * H * e) * (1 - .6 * e)]
	},
	dance: {
		points: 21,
		at: (e) => [Math.sin(2 * H * e), -Math.abs(Math.sin(4 * H * e)) * .8 + .4]
	},
	infinity: {
		points: 25,
		at: (e) => [Math.sin(H * e), .6 * Math.sin(2 * H * e)]
	},
	pause: {
		points: 13,
		at: (e) => [e < .4 ? 2.5 * e - 1 : e < .6 ? 0 : 2.5 * e - 1.5, 0]
	},
	shake: {
		points: 25,
		at: (e) => [.5 * Math.sin(6 * H * e) * (1 - e), .2 * Math.cos(3 * H * e) * (1 - e)]
	},
	wave: {
		points: 17,
		at: (e) => [2 * e - 1, .5 * Math.sin(2 * H * e)]
	},
	sawtooth: {
		points: 9,
		at: (e) => [2 * e - 1, Math.round(8 * e) % 2 == 0 ? .5 : -.5]
	}
}, it = Object.keys(rt);
function at(e, t, n, r, i) {
	let { points: a, at: o } = rt[e], s = Math.min(r, i) * n;
	return Array.from({ length: a }, (e, n) => {
		let [c, l] = o(n / (a - 1));
		return [A(t[0] + c * s / r), A(t[1] + l * s / i)];
	});
}
// web/src/state.ts
var U = ([e, t]) => [W(A(e)), W(A(t))], W = (e) => Math.round(e * 1e5) / 1e5;
function G(e, t, n) {
	return {
		...e,
		tracks: e.tracks.map((e) => e.id === t ? {
			...e,
			...n(e)
		} : e)
	};
}
function K(e, t = [], n = "spline") {
	if (e.tracks.length >= 1024) return [e, null];
	let r = P(e.tracks, t.map(U), n);
	return [{
		...e,
		tracks: [...e.tracks, r]
	}, r.id];
}
var ot = (e, t) => ({
	...e,
	tracks: e.tracks.filter((e) => e.id !== t)
});
function st(e, t, n = .03) {
	let r = e.tracks.find((e) => e.id === t);
	return r ? ct(e, {
		...r,
		points: r.points.map(([e, t]) => [e + n, t + n])
	}) : [e, null];
}
function ct(e, t) {
	let [n, r] = K(e, t.points, t.kind);
	if (r === null) return [e, null];
	let i = e.tracks.some((e) => e.name === t.name) ? `${t.name} copy` : t.name;
	return [G(n, r, (e) => ({
		...t,
		id: r,
		color: e.color,
		name: i,
		points: e.points
	})), r];
}
function lt(e, t, n) {
	let r = e.tracks.findIndex((e) => e.id === t), i = A(r + n, 0, e.tracks.length - 1);
	if (r < 0 || r === i) return e;
	let a = [...e.tracks];
	return a.splice(i, 0, ...a.splice(r, 1)), {
		...e,
		tracks: a
	};
}
var q = (e, t, n) => G(e, t, () => n);
function ut(e, t, n, r) {
	return G(e, t, (e) => {
		let t = W(A(r));
		return n === "start" ? {
			start: t,
			end: Math.max(t, e.end)
		} : {
			end: t,
			start: Math.min(t, e.start)
		};
	});
}
var dt = (e, t, n, r) => G(e, t, ({ points: e }) => ({ points: e.toSpliced(n, 0, U(r)) }));
function ft(e, t, n, r) {
	let i = new Set(t.map((e) => `${e.track}:${e.index}`)), a = (e, t) => !e.locked && i.has(`${e.id}:${t}`), o = e.tracks.flatMap((e) => e.points.filter((t, n) => a(e, n)));
	if (o.length === 0) return e;
	let s = (e, t) => {
		let n = o.map((t) => t[e]);
		return A(t, -Math.min(...n), 1 - Math.max(...n));
	}, [c, l] = [s(0, n), s(1, r)];
	return {
		...e,
		tracks: e.tracks.map((e) => {
			if (!e.points.some((t, n) => a(e, n))) return e;
			let t = e.points.map((t, n) => a(e, n) ? U([t[0] + c, t[1] + l]) : t);
			return {
				...e,
				points: t
			};
		})
	};
}
function pt(e, t) {
	let n = new Set(t.map((e) => `${e.track}:${e.index}`)), r = e.tracks.map((e) => e.locked ? e : {
		...e,
		points: e.points.filter((t, r) => !n.has(`${e.id}:${r}`))
	});
	return {
		...e,
		tracks: r.filter((t, n) => t.points.length > 0 || e.tracks[n] === t)
	};
}
var mt = (e, t) => G(e, t, ({ points: e }) => ({ points: e.toReversed() })), ht = (e, t) => G(e, t, ({ points: e, closed: t }) => ({ points: ze(e, t).map(U) })), gt = "Click: add a point. Drag: move. Click on the line: insert. Shift: choose several, or draw a box. Right click or Delete: remove. Arrows: nudge (Shift: ten). Ctrl+V: paste tracks or a picture.", _t = .8, vt = "Play: a dot moves along every track", yt = class {
	editor;
	tools = J("div", "tora-bar");
	list = document.createElement("ul");
	settings = J("div", "tora-bar");
	note = J("div", "tora-note");
	needTrack = [];
	playButton;
	kind;
	tension;
	ease;
	speed;
	start;
	end;
	times = J("span", "");
	constructor(e) {
		this.editor = e, this.list.className = "tora-list", this.list.setAttribute("role", "listbox"), this.list.setAttribute("aria-label", "Tracks"), this.note.setAttribute("role", "status");
		let t = X("Add a preset", ["preset…", ...it], (n) => {
			t.selectedIndex = 0, e.preset = n, e.say(`Drag on the picture from the middle of the ${n} outwards; a click places it at its usual size.`);
		}), n = X("Copy all tracks", ["export…", ...Je], (t) => {
			n.selectedIndex = 0, e.exportAll(t);
		}), r = Z("How strongly the picture shows", (t) => e.host.setProperty("tora_opacity", t));
		r.value = String(e.host.property("tora_opacity", _t)), r.addEventListener("input", () => {
			e.host.setProperty("tora_opacity", Number(r.value)), e.select(e.selected?.id ?? null);
		}), this.playButton = Y(V("play"), vt, () => {
			e.playing = !e.playing, e.select(e.selected?.id ?? null);
		}), this.tools.append(Y("+ track", "Start a new track", () => this.add([])), t, this.forTrack("reverse", "Walk the track the other way", (t) => mt(e.drawing, t.id)), this.forTrack("smooth", "Take the tremble out of the track", (t) => ht(e.drawing, t.id)), this.forTrack("close", "Come back to the first point, or not", (t) => q(e.drawing, t.id, { closed: !t.closed })), this.playButton, Y("import", "Paste coordinates of any kind", () => this.askImport()), n, Y("copy", "Copy the track for another editor", () => e.copyTrack()), Y("picture", "Choose a picture to draw on", () => this.askPicture()), r, Y(V("expand"), "Expand, or come back", () => e.expand()), Y(V("help"), gt, () => e.say(gt)));
		let i = /* @__PURE__ */ new Set([
			"Start a new track",
			"Add a preset",
			"Expand, or come back",
			vt
		]);
		for (let e of this.tools.children) e.classList.toggle("wide", !i.has(e.getAttribute("aria-label") ?? ""));
		let a = (t) => {
			let n = e.selected;
			n && e.edit(q(e.drawing, n.id, t(n)), "other");
		};
		this.kind = X("Kind of line", Be, (t) => {
			e.kind = t, a(() => ({ kind: t })), t === "static" && e.say("Tora writes no flow for a point that stays: it cannot hold anything still.");
		}), this.tension = Z("Tension of the curve: round to straight", (e) => a(() => ({ tension: e }))), this.ease = X("Ease", Ve, (e) => a(() => ({ ease: e }))), this.speed = X("Speed: constant, or slow where points are close", He, (e) => a(() => ({ speed: e })));
		let o = (t) => (n) => {
			let r = e.selected;
			r && e.edit(ut(e.drawing, r.id, t, n), "other");
		};
		this.start = Z("When the track starts to move", o("start")), this.end = Z("When the track comes to rest", o("end")), this.settings.append(this.kind, bt("tension", this.tension, "wide"), this.ease, this.speed, bt("start", this.start), bt("end", this.end), this.times);
	}
	say(e, t) {
		this.note.textContent = e, this.note.title = e, this.note.classList.toggle("error", t);
	}
	render() {
		let { drawing: e, selected: t } = this.editor;
		this.list.replaceChildren(...e.tracks.map((e) => this.row(e)));
		for (let e of this.needTrack) e.disabled = !t || t.locked;
		this.playButton.replaceChildren(V(this.editor.playing ? "stop" : "play")), this.kind.value = t?.kind ?? this.editor.kind;
		for (let e of [
			this.tension,
			this.ease,
			this.speed,
			this.start,
			this.end
		]) e.disabled = !t;
		this.tension.value = String(t?.tension ?? 0), this.ease.value = t?.ease ?? "linear", this.speed.value = t?.speed ?? "constant", this.start.value = String(t?.start ?? 0), this.end.value = String(t?.end ?? 1);
		let n = this.editor.host.size().frames - 1;
		this.times.textContent = `frames ${Math.round((t?.start ?? 0) * n)}–${Math.round((t?.end ?? 1) * n)}`;
	}
	add(e) {
		let [t, n] = K(this.editor.drawing, e, e.length ? "spline" : this.editor.kind);
		this.editor.edit(t, "other"), n && this.editor.select(n);
	}
	row(e) {
		let { editor: t } = this, n = document.createElement("li");
		n.dataset.track = e.id, n.setAttribute("role", "option"), n.setAttribute("aria-selected", String(e.id === t.selected?.id)), n.addEventListener("click", (r) => r.target === n && t.select(e.id));
		let r = (n) => t.edit(q(t.drawing, e.id, n), "other"), i = document.createElement("input");
		Object.assign(i, {
			type: "color",
			value: e.color,
			title: "Colour"
		}), i.addEventListener("change", () => r({ color: i.value }));
		let a = document.createElement("input");
		Object.assign(a, {
			className: "name",
			value: e.name,
			title: `${e.name}: ${e.points.length} points`
		}), a.addEventListener("focus", () => e.id !== t.selected?.id && t.select(e.id)), a.addEventListener("change", () => r({ name: a.value || e.name }));
		let o = (e, t, n) => Y(V(e), t, n);
		if (n.append(i, a, o(e.visible ? "shown" : "hidden", e.visible ? "Hide" : "Show", () => r({ visible: !e.visible })), o(e.locked ? "locked" : "unlocked", e.locked ? "Unlock" : "Lock", () => r({ locked: !e.locked }))), e.id === t.selected?.id) {
			let r = J("span", "more");
			r.append(o("duplicate", "Duplicate", () => {
				let [n, r] = st(t.drawing, e.id);
				t.edit(n, "other"), r && t.select(r);
			}), o("up", "Move up", () => t.edit(lt(t.drawing, e.id, -1), "other")), o("down", "Move down", () => t.edit(lt(t.drawing, e.id, 1), "other")), o("remove", "Delete", () => {
				t.edit(ot(t.drawing, e.id), "other"), t.select(t.drawing.tracks.at(-1)?.id ?? null);
			})), n.append(r);
		}
		return n;
	}
	forTrack(e, t, n) {
		let r = Y(e, t, () => {
			let e = this.editor.selected;
			e && this.editor.edit(n(e), "other");
		});
		return this.needTrack.push(r), r;
	}
	askImport() {
		this.editor.attempt(async () => {
			let e = await navigator.clipboard.readText().catch(() => ""), t = window.prompt("Coordinates: Tora text, KJNodes, [[x, y], ...] or TRACKS JSON", e.slice(0, 1e5));
			t && this.editor.importText(t);
		});
	}
	askPicture() {
		let e = document.createElement("input");
		Object.assign(e, {
			type: "file",
			accept: "image/*"
		}), e.addEventListener("change", () => e.files?.[0] && this.editor.setBackground(e.files[0])), e.click();
	}
};
function J(e, t) {
	let n = document.createElement(e);
	return n.className = t, n;
}
function Y(e, t, n) {
	let r = document.createElement("button");
	return Object.assign(r, {
		type: "button",
		title: t
	}), r.append(e), r.setAttribute("aria-label", t), r.addEventListener("click", n), r;
}
function X(e, t, n) {
	let r = document.createElement("select");
	return r.title = e, r.setAttribute("aria-label", e), r.append(...t.map((e) => Object.assign(document.createElement("option"), {
		value: e,
		textContent: e
	}))), r.addEventListener("change", () => n(r.value)), r;
}
function Z(e, t) {
	let n = document.createElement("input");
	return Object.assign(n, {
		type: "range",
		min: "0",
		max: "1",
		step: "0.01",
		title: e
	}), n.setAttribute("aria-label", e), n.addEventListener("change", () => t(Number(n.value))), n;
}
function bt(e, t, n = "") {
	let r = document.createElement("label");
	return r.className = n, r.append(e, t), r;
}
// web/src/svg.ts
var xt = /* @__PURE__ */ u((/* @__PURE__ */ c(((e, t) => {
	(function() {
		function e(e, t) {
			var n = e.x - t.x, r = e.y - t.y;
			return n * n + r * r;
		}
		function n(e, t, n) {
			var r = t.x, i = t.y, a = n.x - r, o = n.y - i;
			if (a !== 0 || o !== 0) {
				var s = ((e.x - r) * a + (e.y - i) * o) / (a * a + o * o);
				s > 1 ? (r = n.x, i = n.y) : s > 0 && (r += a * s, i += o * s);
			}
			return a = e.x - r, o = e.y - i, a * a + o * o;
		}
		function r(t, n) {
			for (var r = t[0], i = [r], a, o = 1, s = t.length; o < s; o++) a = t[o], e(a, r) > n && (i.push(a), r = a);
			return r !== a && i.push(a), i;
		}
		function i(e, t, r, a, o) {
			for (var s = a, c, l = t + 1; l < r; l++) {
				var u = n(e[l], e[t], e[r]);
				u > s && (c = l, s = u);
			}
			s > a && (c - t > 1 && i(e, t, c, a, o), o.push(e[c]), r - c > 1 && i(e, c, r, a, o));
		}
		function a(e, t) {
			var n = e.length - 1, r = [e[0]];
			return i(e, 0, n, t, r), r.push(e[n]), r;
		}
		function o(e, t, n) {
			if (e.length <= 2) return e;
			var i = t === void 0 ? 1 : t * t;
			return e = n ? e : r(e, i), e = a(e, i), e;
		}
		typeof define == "function" && define.amd ? define(function() {
			return o;
		}) : t === void 0 ? typeof self < "u" ? self.simplify = o : window.simplify = o : (t.exports = o, t.exports.default = o);
	})();
})))(), 1), St = "http://www.w3.org/2000/svg";
function Q(e, t) {
	let n = document.createElementNS(St, e);
	return $(n, t), n;
}
function $(e, t) {
	for (let [n, r] of Object.entries(t)) e.setAttribute(n, r);
}
// web/src/trackgroup.ts
function Ct(e, { width: t, height: n, frames: r, unit: i, active: a, faint: o, chosen: s }) {
	let c = Q("g", {
		"data-track": e.id,
		class: o ? "faint" : ""
	}), l = Pe(e, t, n), u = (e) => Q("path", {
		class: e,
		d: l
	}), d = Q("path", {
		class: "line",
		d: l,
		stroke: e.color
	});
	if (c.append(...a ? [u("under")] : [], u("halo"), d, u("hit")), a && e.points.length > 1 && e.kind !== "static") {
		let a = j(e, t, n);
		for (let t = 0; t < r; t += 1) {
			let [n, o] = a(r > 1 ? t / (r - 1) : 0), s = Q("circle", {
				class: "tick",
				cx: String(n),
				cy: String(o),
				r: String(1.8 * i),
				fill: e.color
			});
			s.append(Object.assign(Q("title", {}), { textContent: `frame ${t}` })), c.append(s);
		}
	}
	let f = a ? e.points.map((e, t) => t) : e.points.length ? [0] : [];
	for (let r of f) {
		let [a, o] = e.points[r], l = s.includes(r), u = `point${r === 0 ? " first" : ""}${l ? " chosen" : ""}`, d = String((r === 0 ? 6 : 4.5) * i);
		c.append(Q("circle", {
			class: u,
			cx: String(a * t),
			cy: String(o * n),
			r: d,
			fill: e.color,
			"data-index": String(r)
		}));
	}
	return c;
}
// web/src/stage.ts
var wt = 2.5, Tt = 8, Et = .3, Dt = class {
	editor;
	element = Q("svg", {
		class: "tora-stage",
		tabindex: "0",
		role: "application",
		"aria-label": "Trajectory drawing"
	});
	frame = Q("rect", {
		class: "frame",
		x: "0",
		y: "0"
	});
	picture = Q("image", {
		preserveAspectRatio: "xMidYMid slice",
		"pointer-events": "none"
	});
	grid = Q("path", { class: "grid" });
	lines = Q("g", {});
	dots = Q("g", { "pointer-events": "none" });
	drag = null;
	drawn = /* @__PURE__ */ new Map();
	playFrom = null;
	stop = new AbortController();
	resized = new ResizeObserver(() => this.editor.refresh());
	constructor(e) {
		this.editor = e, this.element.append(this.frame, this.picture, this.grid, this.lines, this.dots);
		let t = { signal: this.stop.signal };
		this.element.addEventListener("pointerdown", (e) => this.onDown(e), t), this.element.addEventListener("pointermove", (e) => this.onMove(e), t);
		for (let e of ["pointerup", "pointercancel"]) this.element.addEventListener(e, (e) => this.onUp(e), t);
		this.element.addEventListener("keydown", (e) => this.onKey(e), t), this.element.addEventListener("contextmenu", (e) => this.onMenu(e), t), this.resized.observe(this.element);
	}
	render() {
		let { width: e, height: t, frames: n } = this.editor.host.size(), { drawing: r, selected: i } = this.editor;
		$(this.element, { viewBox: `${-e * .02} ${-t * .02} ${e * 1.04} ${t * 1.04}` }), $(this.frame, {
			width: String(e),
			height: String(t)
		});
		let a = this.editor.host.background(r.bg);
		$(this.picture, {
			width: String(e),
			height: String(t),
			visibility: a ? "visible" : "hidden"
		}), $(this.picture, { opacity: String(this.editor.host.property("tora_opacity", _t)) }), a && this.picture.getAttribute("href") !== a && this.picture.setAttribute("href", a);
		let [o, s, c, l] = [
			e / 3,
			2 * e / 3,
			t / 3,
			2 * t / 3
		];
		$(this.grid, { d: `M${o} 0V${t}M${s} 0V${t}M0 ${c}H${e}M0 ${l}H${e}` });
		let u = this.unit(), d = r.tracks.filter((e) => e.visible && e.id !== i?.id), f = i?.visible ? [...d, i] : d, p = `${e} ${t} ${n} ${u} ${i?.id ?? ""}`, m = /* @__PURE__ */ new Map();
		for (let r of f) {
			let a = this.editor.chosen.flatMap((e) => e.track === r.id ? [e.index] : []), o = `${p} ${a.join(",")}`, s = this.drawn.get(r), c = r.id === i?.id, l = {
				width: e,
				height: t,
				frames: n,
				unit: u,
				active: c,
				faint: !c && i !== null,
				chosen: a
			}, d = s?.key === o ? s.group : Ct(r, l);
			m.set(r, {
				key: o,
				group: d
			});
		}
		for ([...m.values()].forEach(({ group: e }, t) => {
			let n = this.lines.children[t];
			n !== e && (n && ![...m.values()].some((e) => e.group === n) ? n.replaceWith(e) : this.lines.insertBefore(e, n ?? null));
		}); this.lines.children.length > m.size;) this.lines.lastElementChild?.remove();
		this.drawn = m, this.play();
	}
	dispose() {
		this.stop.abort(), this.resized.disconnect(), this.playFrom = null;
	}
	unit() {
		let e = this.frame.getBoundingClientRect().width;
		return e > 0 ? this.editor.host.size().width / e : 1;
	}
	at(e) {
		let t = this.frame.getBoundingClientRect();
		return [A((e.clientX - t.left) / t.width), A((e.clientY - t.top) / t.height)];
	}
	onDown(e) {
		if (e.button !== 0 || this.editor.host.readOnly()) return;
		this.element.focus({ preventScroll: !0 }), this.element.setPointerCapture(e.pointerId), e.stopPropagation();
		let { editor: t } = this, n = e.target, r = n.closest("[data-track]")?.getAttribute("data-track") ?? null, i = n.getAttribute("data-index"), a = this.at(e);
		if (t.preset) return this.startPreset(t.preset, a);
		if (r && i !== null) return this.grab({
			track: r,
			index: Number(i)
		}, a, e.shiftKey);
		if (r && r !== t.selected?.id) return t.select(r);
		if (e.shiftKey) {
			this.drag = {
				kind: "marquee",
				from: a,
				to: a
			};
			return;
		}
		if (!t.selected) {
			let [e, n] = K(t.drawing, [], t.kind);
			t.edit(e, "no"), t.select(n);
		}
		let o = t.selected;
		if (!o || o.locked || !o.visible) return t.say("This track is locked or hidden.");
		if (o.kind === "freehand" && o.points.length === 0) {
			this.drag = {
				kind: "freehand",
				track: o.id,
				line: [a],
				base: t.drawing
			};
			return;
		}
		let { width: s, height: c } = t.host.size(), l = r === o.id, u = [a[0] * s, a[1] * c], d = o.kind === "static" ? 0 : l ? Re(o, u, s, c) : o.points.length, f = o.kind === "static" ? q(t.drawing, o.id, { points: [] }) : t.drawing;
		return t.edit(dt(f, o.id, d, a), "no"), this.grab({
			track: o.id,
			index: d
		}, a, !1);
	}
	startPreset(e, t) {
		let { editor: n } = this, { width: r, height: i } = n.host.size();
		n.preset = null;
		let [a, o] = K(n.drawing, at(e, t, Et, r, i));
		o !== null && (n.edit(a, "no"), n.select(o), this.drag = {
			kind: "preset",
			name: e,
			track: o,
			from: t,
			base: a
		});
	}
	grab(e, t, n) {
		let { editor: r } = this;
		e.track !== r.selected?.id && r.select(e.track);
		let i = (t) => t.track === e.track && t.index === e.index, a = r.chosen.some(i);
		n ? r.choose(a ? r.chosen.filter((e) => !i(e)) : [...r.chosen, e]) : a || r.choose([e]), this.drag = {
			kind: "points",
			refs: [...r.chosen],
			from: t,
			base: r.drawing
		};
	}
	onMove(e) {
		let { drag: t, editor: n } = this;
		if (!t) return;
		e.stopPropagation();
		let r = this.at(e);
		if (t.kind === "points") n.edit(ft(t.base, t.refs, r[0] - t.from[0], r[1] - t.from[1]), "no");
		else if (t.kind === "preset") {
			let { width: e, height: i } = n.host.size(), a = Math.hypot((r[0] - t.from[0]) * e, (r[1] - t.from[1]) * i) / Math.min(e, i), o = at(t.name, t.from, Math.max(a, .03), e, i);
			n.edit(q(t.base, t.track, { points: o }), "no");
		} else t.kind === "freehand" ? (t.line.push(r), n.edit(q(t.base, t.track, { points: [...t.line] }), "no")) : (t.to = r, this.marquee(t.from, r));
	}
	onUp(e) {
		let { drag: t, editor: n } = this;
		if (t) {
			if (e.stopPropagation(), this.drag = null, e.type === "pointercancel") t.kind === "marquee" ? n.choose([]) : n.edit(t.base, "no");
			else if (t.kind === "marquee") {
				let e = (e, t, n) => e >= Math.min(t, n) && e <= Math.max(t, n), r = (n.selected?.points ?? []).flatMap(([r, i], a) => e(r, t.from[0], t.to[0]) && e(i, t.from[1], t.to[1]) ? [{
					track: n.selected.id,
					index: a
				}] : []);
				n.choose(r);
			} else if (t.kind === "freehand") {
				let { width: e, height: r } = n.host.size(), i = t.line.map(([t, n]) => ({
					x: t * e,
					y: n * r
				})), a = (0, xt.default)(i, wt, !0).map(({ x: t, y: n }) => [t / e, n / r]);
				n.edit(q(t.base, t.track, { points: a }), "pointer");
			} else t.kind === "preset" && this.chooseAll(), n.edit(n.drawing, "pointer");
		}
	}
	chooseAll() {
		let e = this.editor.selected;
		e && this.editor.choose(e.points.map((t, n) => ({
			track: e.id,
			index: n
		})));
	}
	onMenu(e) {
		e.preventDefault(), e.stopPropagation();
		let t = e.target, n = t.closest("[data-track]")?.getAttribute("data-track"), r = t.getAttribute("data-index");
		n && r !== null && !this.editor.host.readOnly() && (this.editor.choose([]), this.editor.edit(pt(this.editor.drawing, [{
			track: n,
			index: Number(r)
		}]), "other"));
	}
	onKey(e) {
		let { editor: t } = this, { width: n, height: r } = t.host.size(), i = e.shiftKey ? 10 : 1, a = {
			ArrowLeft: [-i, 0],
			ArrowRight: [i, 0],
			ArrowUp: [0, -i],
			ArrowDown: [0, i]
		}[e.key], o = t.selected;
		if (a && t.chosen.length) t.edit(ft(t.drawing, t.chosen, a[0] / n, a[1] / r), "other");
		else if ((e.key === "Delete" || e.key === "Backspace") && t.chosen.length) {
			let e = t.chosen;
			t.choose([]), t.edit(pt(t.drawing, e), "other");
		} else if (e.key === "Escape" && (t.chosen.length || this.drag)) t.choose([]);
		else if (e.key === "a" && (e.ctrlKey || e.metaKey) && o) this.chooseAll();
		else if (e.key === "c" && (e.ctrlKey || e.metaKey) && o) t.copyTrack();
		else return;
		e.preventDefault();
	}
	marquee(e, t) {
		let { width: n, height: r } = this.editor.host.size(), i = Q("rect", {
			class: "marquee",
			x: String(Math.min(e[0], t[0]) * n),
			y: String(Math.min(e[1], t[1]) * r),
			width: String(Math.abs(e[0] - t[0]) * n),
			height: String(Math.abs(e[1] - t[1]) * r)
		});
		this.dots.replaceChildren(i);
	}
	play() {
		if (!this.editor.playing) {
			this.playFrom = null, this.drag?.kind !== "marquee" && this.dots.replaceChildren();
			return;
		}
		if (this.playFrom !== null) return;
		this.playFrom = performance.now();
		let e = (t) => {
			if (this.playFrom === null || !this.editor.playing || !this.element.isConnected) return;
			let { width: n, height: r, frames: i } = this.editor.host.size(), a = (t - this.playFrom) / 1e3 % (i / Tt) / (i / Tt), o = String(7 * this.unit());
			this.dots.replaceChildren(...this.editor.drawing.tracks.filter((e) => e.visible && e.points.length > 0).map((e) => {
				let [t, i] = j(e, n, r)(a);
				return Q("circle", {
					class: "play",
					cx: String(t),
					cy: String(i),
					r: o,
					fill: e.color
				});
			})), requestAnimationFrame(e);
		};
		requestAnimationFrame(e);
	}
}, Ot = "\n.tora-editor { display: flex; flex-direction: column; gap: 4px; box-sizing: border-box; width: 100%; height: 100%;\n  min-width: 0; padding: 4px; container-type: inline-size; font: 12px/1.35 system-ui, sans-serif; color: var(--input-text, #ddd); outline: none; }\n.tora-editor *, .tora-editor *::before { box-sizing: border-box; }\n.tora-editor :is(button, select, input) { font: inherit; color: var(--input-text, #ddd); background: var(--comfy-input-bg, #222);\n  border: 1px solid var(--border-color, #4e4e4e); border-radius: 4px; padding: 2px 6px; min-width: 0; height: 24px; }\n.tora-editor button { cursor: pointer; white-space: nowrap; }\n.tora-editor button[aria-pressed=\"true\"] { border-color: #3b8eea; color: #3b8eea; }\n.tora-editor :is(button, select, input):focus-visible, .tora-stage:focus-visible { outline: 2px solid #3b8eea; outline-offset: -1px; }\n.tora-editor button:disabled { opacity: 0.4; cursor: default; }\n.tora-bar { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; }\n.tora-bar label { display: flex; gap: 4px; align-items: center; color: var(--descrip-text, #999); }\n.tora-bar input[type=\"range\"] { width: 74px; padding: 0; accent-color: #3b8eea; }\n.tora-body { display: flex; gap: 4px; flex: 1 1 0; min-height: 0; }\n.tora-stage { flex: 1 1 0; min-width: 0; contain: layout paint style; will-change: transform; touch-action: none; background: var(--comfy-input-bg, #222); border: 1px solid var(--border-color, #4e4e4e);\n  border-radius: 4px; cursor: crosshair; user-select: none; }\n.tora-stage .frame { fill: #fff1; stroke: var(--border-color, #888); vector-effect: non-scaling-stroke; }\n.tora-stage .grid { stroke: #8886; vector-effect: non-scaling-stroke; pointer-events: none; }\n.tora-stage path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; stroke-linecap: round; }\n.tora-stage .halo { stroke: #fffc; stroke-width: 4px; pointer-events: none; }\n.tora-stage .under { stroke: #0009; stroke-width: 5.5px; pointer-events: none; }\n.tora-stage .line { stroke-width: 2px; pointer-events: none; }\n.tora-stage .hit { stroke: transparent; stroke-width: 12px; pointer-events: stroke; cursor: pointer; }\n.tora-stage .tick { pointer-events: all; stroke: #0008; vector-effect: non-scaling-stroke; cursor: pointer; }\n.tora-stage .point { stroke: #fff; stroke-width: 1.5px; vector-effect: non-scaling-stroke; cursor: grab; }\n.tora-stage .point.first { stroke: #111; }\n.tora-stage .point.chosen { stroke: #3b8eea; stroke-width: 3px; }\n.tora-stage .faint { opacity: 0.45; }\n.tora-stage .play { stroke: #fff; stroke-width: 2px; vector-effect: non-scaling-stroke; pointer-events: none; }\n.tora-stage .marquee { fill: #3b8eea22; stroke: #3b8eea; vector-effect: non-scaling-stroke; pointer-events: none; }\n.tora-list { flex: 0 0 138px; overflow: auto; margin: 0; padding: 0; list-style: none; border: 1px solid var(--border-color, #4e4e4e); border-radius: 4px; }\n.tora-list li { display: flex; flex-wrap: wrap; gap: 3px; align-items: center; padding: 2px 4px; cursor: pointer; }\n.tora-list li[aria-selected=\"true\"] { background: var(--comfy-input-bg, #222); box-shadow: inset 2px 0 #3b8eea; }\n.tora-list input[type=\"color\"] { width: 16px; height: 16px; padding: 0; border: 0; flex: none; }\n.tora-list .name { flex: 1 1 40px; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; border: 0; background: none; padding: 0 2px; height: 20px; }\n.tora-list .more { flex: 1 0 100%; display: flex; justify-content: flex-end; }\n.tora-icon { width: 13px; height: 13px; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round;\n  vertical-align: -2px; pointer-events: none; }\n.tora-list button { border: 0; background: none; padding: 0 2px; height: 20px; opacity: 0.75; }\n.tora-note { color: var(--descrip-text, #999); min-height: 16px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }\n.tora-note.error { color: var(--error-text, #ff6b6b); white-space: normal; }\n@container (max-width: 400px) {\n  .tora-body { flex-direction: column; }\n  .tora-list { flex: 0 0 auto; max-height: 74px; }\n  .tora-list .more { flex: 0 0 auto; }\n  .tora-list li { flex-wrap: nowrap; }\n  .tora-bar .wide { display: none; }\n}\ndialog.tora-dialog { width: 92vw; height: 90vh; max-width: none; max-height: none; padding: 8px; color: var(--fg-color, #fff);\n  background: var(--comfy-menu-bg, #353535); border: 1px solid var(--border-color, #4e4e4e); border-radius: 8px; }\n";
function kt() {
	if (document.getElementById("tora-editor-style")) return;
	let e = document.createElement("style");
	e.id = "tora-editor-style", e.textContent = Ot, document.head.append(e);
}
// web/src/view.ts
var At = 500, jt = class {
	host;
	element = document.createElement("div");
	onChange = () => {};
	drawing = N();
	chosen = [];
	kind = "spline";
	preset = null;
	playing = !1;
	selectedId = null;
	unread = null;
	stage;
	panel;
	stop = new AbortController();
	due = null;
	seen = "";
	watching = setInterval(() => this.watch(), At);
	stopPanning;
	dialog = null;
	constructor(e, t) {
		this.host = e, kt(), this.element.className = "tora-editor", this.element.style.minHeight = `${t}px`, this.stage = new Dt(this), this.panel = new yt(this);
		let n = document.createElement("div");
		n.className = "tora-body", n.append(this.stage.element, this.panel.list), this.element.append(this.panel.tools, n, this.panel.settings, this.panel.note), this.stopPanning = e.forwardPanning(this.element);
		let r = { signal: this.stop.signal };
		this.element.addEventListener("keydown", (e) => e.stopPropagation(), r), this.element.addEventListener("paste", (e) => this.onPaste(e), r), this.element.addEventListener("dragover", (e) => e.preventDefault(), r), this.element.addEventListener("drop", (e) => this.onDrop(e), r), this.refresh();
	}
	get value() {
		return this.unread ?? Ge(this.drawing);
	}
	setValue(e) {
		let t = typeof e == "string" ? e : e == null ? "" : JSON.stringify(e);
		if (t === this.value) return;
		let n = We(t);
		this.drawing = n.drawing ?? N(), this.unread = n.drawing ? null : t, this.chosen = [], this.drawing.tracks.some((e) => e.id === this.selectedId) || (this.selectedId = this.drawing.tracks[0]?.id ?? null), this.say(n.error ? `This text is no drawing (${n.error}). It is kept until you draw or import.` : "", n.error !== null), this.refresh();
	}
	get selected() {
		return this.drawing.tracks.find((e) => e.id === this.selectedId) ?? null;
	}
	select(e) {
		this.selectedId = e, this.chosen = [], this.refresh();
	}
	choose(e) {
		this.chosen = e, this.refresh();
	}
	edit(e, t) {
		let { width: n, height: r } = this.host.size();
		this.drawing = {
			...e,
			canvas: [n, r]
		}, this.unread !== null && (this.unread = null, this.say("")), t === "no" ? this.schedule("stage") : (this.stage.render(), this.refresh(), this.onChange(), t === "other" && this.host.captureUndo());
	}
	say(e, t = !1) {
		this.panel.say(e, t);
	}
	attempt(e) {
		let t = (e) => this.say(e instanceof Error ? e.message : String(e), !0);
		try {
			Promise.resolve(e()).catch(t);
		} catch (e) {
			t(e);
		}
	}
	copyTrack() {
		let e = this.selected;
		e && this.attempt(() => this.toClipboard(qe(e), `${e.name} is copied: paste it into any editor`));
	}
	exportAll(e) {
		let t = Ye(this.drawing, e, this.host.size().frames);
		this.attempt(() => this.toClipboard(t, `The visible tracks are copied as ${e}`));
	}
	importText(e) {
		this.attempt(() => {
			let { width: t, height: n } = this.host.size(), r = Ke(e, [t, n], this.drawing.tracks);
			this.selectedId = r[0]?.id ?? this.selectedId, this.edit({
				...this.drawing,
				tracks: [...this.drawing.tracks, ...r]
			}, "other"), this.say(`${r.length} track${r.length === 1 ? "" : "s"} imported`);
		});
	}
	setBackground(e) {
		this.attempt(async () => this.edit({
			...this.drawing,
			bg: await this.host.upload(e)
		}, "other"));
	}
	expand() {
		if (this.dialog) {
			this.dialog.close();
			return;
		}
		let e = document.createComment("tora-editor");
		this.element.replaceWith(e), this.dialog = document.createElement("dialog"), this.dialog.className = "tora-dialog", this.dialog.append(this.element), document.body.append(this.dialog), this.dialog.addEventListener("close", () => {
			e.replaceWith(this.element), this.dialog?.remove(), this.dialog = null, this.refresh();
		}), this.dialog.showModal(), this.refresh();
	}
	refresh() {
		this.schedule("all");
	}
	schedule(e) {
		let t = this.due !== null;
		this.due = this.due === "all" ? "all" : e, t || requestAnimationFrame(() => {
			let e = this.due;
			this.due = null, this.stop.signal.aborted || (this.stage.render(), e === "all" && this.panel.render());
		});
	}
	watch() {
		let e = JSON.stringify([this.host.size(), this.host.background(this.drawing.bg)]);
		e !== this.seen && this.refresh(), this.seen = e;
	}
	dispose() {
		this.stop.abort(), clearInterval(this.watching), this.stopPanning(), this.stage.dispose(), this.dialog?.remove();
	}
	async toClipboard(e, t) {
		navigator.clipboard ? (await navigator.clipboard.writeText(e), this.say(t)) : window.prompt("This page may not copy by itself (it is not served over https): copy the text here", e);
	}
	onPaste(e) {
		if (e.target instanceof HTMLInputElement) return;
		let t = [...e.clipboardData?.files ?? []].find((e) => e.type.startsWith("image/")), n = e.clipboardData?.getData("text/plain") ?? "";
		(t || n !== "") && (e.preventDefault(), e.stopPropagation(), t ? this.setBackground(t) : this.importText(n));
	}
	onDrop(e) {
		let t = e.dataTransfer?.files[0];
		t && (e.preventDefault(), e.stopPropagation(), t.type.startsWith("image/") ? this.setBackground(t) : this.attempt(async () => this.importText(await t.text())));
	}
}, Mt = "TORA_TRAJECTORY", Nt = 420;
p({
	name: "comfyui-tora.trajectory",
	getCustomWidgets: () => ({ [Mt]: (e, t) => {
		let n = new m(e), r = new jt(n, Nt), i = e.addDOMWidget(t, Mt, r.element, {
			getValue: () => r.value,
			setValue: (e) => r.setValue(e),
			getMinHeight: () => Nt,
			hideOnZoom: !1,
			hideInPanel: !0,
			socketless: !0
		});
		return r.onChange = () => i.callback?.(r.value), Pt(e, "onExecuted", (e) => {
			let { tora_background: t } = e;
			t?.[0] && n.setExecuted(t[0]), r.refresh();
		}), Pt(e, "onConnectionsChange", () => setTimeout(() => r.refresh(), 0)), Pt(e, "onRemoved", () => r.dispose()), { widget: i };
	} })
});
function Pt(e, t, n) {
	let r = e[t];
	e[t] = function(...e) {
		r?.apply(this, e), n(e[0]);
	};
}
export { Mt as WIDGET };
